"""What people submit about limits. A form checks one submission."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms

from integrations.actions.limits import MAX_REASON, WantedRaise
from integrations.domain.enforcement import Limits
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.states import FailMode

FAIL_MODES: Final = [
    (FailMode.OPEN.value, "Let the call through: nothing stops, and a budget may be passed."),
    (FailMode.CLOSED.value, "Stop the call: no budget is passed, and programs stand still."),
]


class SettingsForm(forms.Form):
    """What holds for all of a tenant's integrations."""

    fail_mode = forms.ChoiceField(
        label="When what was used cannot be looked up",
        choices=FAIL_MODES,
        widget=forms.RadioSelect,
    )
    warn_at = forms.CharField(
        label="Tell when this much of a month's limit is used, in percent",
        max_length=100,
        required=False,
        help_text="Such as 50, 80, 95, 100. Each is told once a month; 100 also as an incident.",
    )

    def clean_warn_at(self) -> list[int]:
        told = self.cleaned_data["warn_at"].replace("%", " ").replace(",", " ").split()
        if not all(one.isascii() and one.isdecimal() and len(one) < 4 for one in told):
            raise forms.ValidationError("Enter whole numbers, with commas between them.")
        return [int(one) for one in told]


class RaiseForm(forms.Form):
    """Higher limits of one integration for a while."""

    budget = forms.DecimalField(
        label="Budget a month, in dollars", min_value=0, max_value=MAX_LIMIT // 100,
        decimal_places=2, required=False,
    )  # fmt: skip
    token_limit_month = forms.IntegerField(
        label="Tokens a month", min_value=0, max_value=MAX_LIMIT, required=False
    )
    rate_limit_rpm = forms.IntegerField(
        label="Calls a minute", min_value=0, max_value=MAX_LIMIT, required=False
    )
    until = forms.DateField(
        label="Up to and including", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The end of this day in UTC.",
    )  # fmt: skip
    reason = forms.CharField(label="Why", max_length=MAX_REASON)

    def __init__(self, data: Any = None, *, limits: Limits) -> None:
        """With a field for each limit that is set."""
        super().__init__(data)
        for name, limit in (
            ("budget", limits.budget_cents),
            ("token_limit_month", limits.tokens),
            ("rate_limit_rpm", limits.calls_per_minute),
        ):
            if not limit:
                del self.fields[name]

    def wanted(self) -> WantedRaise:
        """The raise that was submitted. Only if valid."""
        told = self.cleaned_data
        cents = int((told.get("budget") or Decimal(0)) * 100)
        tokens, calls = told.get("token_limit_month") or 0, told.get("rate_limit_rpm") or 0
        until = datetime.combine(told["until"], time(0), tzinfo=UTC) + timedelta(days=1)
        return WantedRaise(Limits(cents, tokens, calls), until, told["reason"])
