"""A configuration as somebody hands it in: as a file, or pasted."""

from typing import Any

from django import forms

from integrations.configuration.documents import MAX_BYTES


class ConfigurationForm(forms.Form):
    file = forms.FileField(
        label="File",
        required=False,
        max_length=255,
        help_text="As it was exported, also by another tenant or installation.",
        widget=forms.FileInput(attrs={"accept": "application/json,.json"}),
    )
    text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("file")) == bool(data.get("text")):
            raise forms.ValidationError("Choose a file, or paste its text.")
        return data

    def forget(self) -> None:
        """Show nothing of what was handed in again, since a key may be in it."""
        self.data = {}

    @property
    def given(self) -> bytes:
        """What was handed in; of a file that is too large, enough to see that it is."""
        file = self.cleaned_data["file"]
        given: bytes = file.read(MAX_BYTES + 1) if file else self.cleaned_data["text"].encode()
        return given


class CatalogueForm(ConfigurationForm):
    """Servers as a registry publishes them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = "A server.json, or what a registry answers at /v0/servers."
        self.fields["file"].help_text = told


class ConfirmForm(forms.Form):
    """The changes that were shown, and the digest they were shown under."""

    document = forms.CharField(strip=False, max_length=2 * MAX_BYTES)
    digest = forms.RegexField(r"[0-9a-f]{64}")
