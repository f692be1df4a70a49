"""Fields that several forms have."""

from django import forms

from integrations.domain import credentials


def secret_field(label: str, hint: str) -> forms.CharField:
    """A field whose value goes to the vault and is never sent back to a page."""
    return forms.CharField(
        label=label, help_text=hint, required=False, strip=True, max_length=credentials.MAX_VALUE,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
