"""Fields that several forms have."""

from typing import Any

from django import forms

from integrations.domain import credentials
from m25console.scrubbing import without_userinfo


class SettingInput(forms.TextInput):
    """A setting that may be an address: a password somebody wrote into it is not sent back."""

    def format_value(self, value: Any) -> str | None:
        shown = super().format_value(value)
        return without_userinfo(shown) if shown else shown


def secret_field(label: str, hint: str) -> forms.CharField:
    """A field whose value goes to the vault and is never sent back to a page."""
    return forms.CharField(
        label=label, help_text=hint, required=False, strip=True, max_length=credentials.MAX_VALUE,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
