"""Inputs that several forms have."""

from typing import Any

from django import forms

from m25console.scrubbing import without_userinfo


class SettingInput(forms.TextInput):
    """A setting that may be an address: a password somebody wrote into it is not sent back, and
    nothing at all of one that `is_secret` as a whole."""

    is_secret = False

    def format_value(self, value: Any) -> str | None:
        shown = super().format_value(value)
        return without_userinfo(shown) if shown and not self.is_secret else None
