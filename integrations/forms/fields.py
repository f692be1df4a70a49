"""Fields that several forms have."""

from typing import Final

from django import forms

from integrations.domain import credentials, health

CHECK_EVERY: Final = [
    (60, "every minute"), (300, "every 5 minutes"), (900, "every 15 minutes"),
    (3600, "every hour"), (86_400, "once a day"),
]  # fmt: skip


def secret_field(label: str, hint: str) -> forms.CharField:
    """A field whose value goes to the vault and is never sent back to a page."""
    return forms.CharField(
        label=label, help_text=hint, required=False, strip=True, max_length=credentials.MAX_VALUE,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


def interval_field(hint: str) -> forms.TypedChoiceField:
    """How often something is looked at, in seconds."""
    return forms.TypedChoiceField(
        label="Check it", choices=CHECK_EVERY, coerce=int, initial=health.EVERY, required=False,
        help_text=hint,
    )  # fmt: skip


def keep_interval(field: forms.Field, held: int) -> None:
    """Let an interval stay that was chosen elsewhere and is none of those that are offered."""
    assert isinstance(field, forms.ChoiceField)
    if held not in dict(CHECK_EVERY):
        field.choices = [(held, f"every {held:,} seconds, as it is"), *CHECK_EVERY]
