"""What people submit about prices. A form checks one submission."""

from datetime import UTC, datetime, time
from typing import Final

from django import forms

from integrations.actions.prices import (
    MAX_DOLLARS,
    MAX_MODEL,
    MAX_REASON,
    WantedPrice,
    WantedRun,
)

THOUSAND: Final = 1000  # a page tells the price of a million tokens, a row that of a thousand


class PriceForm(forms.Form):
    """A price of the tenant's own."""

    model = forms.CharField(
        label="Model",
        max_length=MAX_MODEL,
        help_text="As your programs report it, or its beginning. Longer names that have a price "
        "keep theirs.",
    )
    dollars_in = forms.DecimalField(
        label="Dollars per million tokens in", min_value=0, max_value=MAX_DOLLARS * THOUSAND,
        decimal_places=5, help_text="0 for a model that costs you nothing a call.",
    )  # fmt: skip
    dollars_out = forms.DecimalField(
        label="Dollars per million tokens out", min_value=0, max_value=MAX_DOLLARS * THOUSAND,
        decimal_places=5,
    )  # fmt: skip
    valid_from = forms.DateField(
        label="Valid from", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The beginning of this day in UTC. Calls reported already keep their cost "
        "until you reprice them.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why", max_length=MAX_REASON, help_text="Such as the contract it comes from."
    )

    def wanted(self) -> WantedPrice:
        """The price that was submitted. Only if valid."""
        told = self.cleaned_data
        return WantedPrice(
            model=told["model"],
            dollars_in=told["dollars_in"] / THOUSAND,
            dollars_out=told["dollars_out"] / THOUSAND,
            reason=told["reason"],
            valid_from=datetime.combine(told["valid_from"], time(0), tzinfo=UTC),
        )


class RepriceForm(forms.Form):
    """A pass over past calls."""

    model = forms.CharField(
        label="Model", max_length=MAX_MODEL, required=False,
        help_text="As it was reported. Empty: every model.",
    )  # fmt: skip
    since = forms.DateField(
        label="Calls since", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The beginning of this day in UTC.",
    )  # fmt: skip
    priced_too = forms.BooleanField(
        label="Also calls that have a price, if it is another by now", required=False
    )
    reason = forms.CharField(label="Why", max_length=MAX_REASON)

    def wanted(self) -> WantedRun:
        """The pass that was submitted. Only if valid."""
        told = self.cleaned_data
        return WantedRun(
            model=told["model"],
            since=datetime.combine(told["since"], time(0), tzinfo=UTC),
            reason=told["reason"],
            priced_too=told["priced_too"],
        )
