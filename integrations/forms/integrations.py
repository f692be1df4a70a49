"""What people submit about an integration. A form checks one submission."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms

from integrations.actions.integrations import MAX_MODEL, MAX_NAME, Wanted
from integrations.domain import configs, health
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.states import Provider
from integrations.forms.fields import interval_field, keep_interval, secret_field
from integrations.forms.sections import Section, sections_of
from integrations.models import Integration
from m25console.inputs import SettingInput

NEW_KEY: Final = ""
KEEP: Final = "keep"
CONFIG: Final = "config_"  # before the names of a provider's own settings


class IntegrationForm(forms.Form):
    """An integration as somebody wants it; which fields there are follows from the provider."""

    name = forms.CharField(
        label="Name", max_length=MAX_NAME, help_text="As your people know it, such as “Prod, EU”."
    )
    credential_ref = forms.ChoiceField(label="Key", required=False)
    secret = secret_field("New key", "Stored sealed; nobody sees it again, you included.")
    default_model = forms.CharField(
        label="Usual model", max_length=MAX_MODEL, required=False,
        help_text="Named in the lines that your programs copy.",
    )  # fmt: skip
    budget = forms.DecimalField(
        label="Budget a month, in dollars", min_value=0, max_value=MAX_LIMIT // 100,
        decimal_places=2, required=False, help_text="Empty: no limit. Warned of at 80%.",
    )  # fmt: skip
    token_limit_month = forms.IntegerField(
        label="Tokens a month", min_value=0, max_value=MAX_LIMIT, required=False,
        help_text="Empty: no limit.",
    )  # fmt: skip
    rate_limit_rpm = forms.IntegerField(
        label="Calls a minute", min_value=0, max_value=MAX_LIMIT, required=False,
        help_text="Empty: no limit.",
    )  # fmt: skip
    check_every_seconds = interval_field("While it is enabled. A check costs nothing.")
    enforces = forms.BooleanField(
        label="Stop calls at these limits", required=False, initial=True,
        help_text="Switched off, the limits only tell what they would have stopped.",
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        provider: Provider,
        stored: Sequence[tuple[str, str]],
        row: Integration | None = None,
    ) -> None:
        super().__init__(data, initial=_as_form(row) if row else None)
        self.provider, self.row = provider, row
        self._offer(stored)
        if row:
            keep_interval(self.fields["check_every_seconds"], row.check_every_seconds)
        if provider is Provider.CUSTOM:
            self.fields["secret"].help_text += " If the server asks for none, enter any word."
        for one in configs.SETTINGS[provider]:
            self.fields[CONFIG + one.name] = forms.CharField(
                label=one.label, help_text=one.hint, required=one.is_required,
                max_length=configs.MAX_VALUE, initial=(row.config if row else {}).get(one.name),
                widget=SettingInput(attrs={"placeholder": one.example}),
            )  # fmt: skip
        first = ["name", *(CONFIG + one.name for one in configs.SETTINGS[provider])]
        self.order_fields([*first, "credential_ref", "secret"])

    @property
    def sections(self) -> list[Section]:
        """What the provider is reached by, what may be used of it, and the rest."""
        limits = {"budget", "token_limit_month", "rate_limit_rpm", "enforces"}
        rest = {"check_every_seconds", "default_model"}
        return sections_of(
            self,
            ("Connection", set(self.fields) - limits - rest, ""),
            ("Limits", limits, "Each may be set or changed later."),
            ("Checks and models", rest, ""),
        )

    def _offer(self, stored: Sequence[tuple[str, str]]) -> None:
        """The keys to choose among; where there are none yet, only a new one is asked for."""
        if not stored and self.row is None:
            del self.fields["credential_ref"]
            self.fields["secret"].label, self.fields["secret"].required = "Key", True
            self.fields["secret"].error_messages["required"] = "Paste the key."
            return
        choice = self.fields["credential_ref"]
        assert isinstance(choice, forms.ChoiceField)
        kept = [(KEEP, "Keep the one in use")] if self.row else []
        choice.choices = [*kept, (NEW_KEY, "Store a new key"), *stored]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        told.setdefault("credential_ref", NEW_KEY)
        is_asked_for = not self.fields["secret"].required and told["credential_ref"] == NEW_KEY
        if is_asked_for and not told.get("secret"):
            self.add_error("secret", "Paste the key, or choose one that is stored.")
        return told

    @property
    def entered_secret(self) -> str:
        """The key that was pasted, if the choice is to store a new one. Only if valid."""
        is_new = self.cleaned_data["credential_ref"] == NEW_KEY
        return str(self.cleaned_data["secret"]) if is_new else ""

    def wanted(self) -> Wanted:
        """The integration that was submitted. Only if valid."""
        told = self.cleaned_data
        config = {one.name: told[CONFIG + one.name] for one in configs.SETTINGS[self.provider]}
        return Wanted(
            name=told["name"],
            provider=self.provider,
            credential_ref=self._reference(told["credential_ref"]),
            config={name: value for name, value in config.items() if value},
            default_model=told["default_model"] or None,
            budget_limit_cents=int((told["budget"] or Decimal(0)) * 100),
            token_limit_month=told["token_limit_month"] or 0,
            rate_limit_rpm=told["rate_limit_rpm"] or 0,
            enforces=told["enforces"],
            check_every_seconds=told["check_every_seconds"] or health.EVERY,
        )

    def _reference(self, chosen: str) -> str:
        return self.row.credential_ref if self.row and chosen == KEEP else chosen


def _as_form(row: Integration) -> dict[str, Any]:
    return {
        "name": row.name,
        "credential_ref": KEEP,
        "default_model": row.default_model or "",
        "budget": Decimal(row.budget_limit_cents) / 100 if row.budget_limit_cents else None,
        "token_limit_month": row.token_limit_month or None,
        "rate_limit_rpm": row.rate_limit_rpm or None,
        "enforces": row.enforces,
        "check_every_seconds": row.check_every_seconds,
    }
