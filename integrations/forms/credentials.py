"""What people submit about credentials. Each form checks one submission."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from integrations.actions.credentials import About
from integrations.domain import credentials
from integrations.domain.states import Accessor, CredentialKind
from integrations.forms.fields import secret_field

KINDS: Final[Mapping[CredentialKind, str]] = {
    CredentialKind.API_KEY: "API key",
    CredentialKind.BEARER_TOKEN: "Bearer token",
    CredentialKind.BASIC_AUTH: "Name and password",
    CredentialKind.DATABASE: "Database",
    CredentialKind.OAUTH: "OAuth client",
    CredentialKind.SSH_KEY: "SSH key",
    CredentialKind.CERTIFICATE: "Certificate",
    CredentialKind.CUSTOM: "Another secret",
}
READERS: Final[Mapping[Accessor, str]] = {
    Accessor.SYSTEM: "The console, to check that a connection works",
    Accessor.MACHINE: "Your programs, by an API token",
    Accessor.MCP_TOOL: "Tools of MCP servers",
}


class AboutForm(forms.Form):
    """What is told of a credential, and who may read it."""

    name = forms.CharField(label="Name", max_length=credentials.MAX_NAME)
    description = forms.CharField(label="What it is for", max_length=1000, required=False)
    tags = forms.CharField(
        label="Tags", max_length=1000, required=False, help_text="Separated by commas."
    )
    expires_at = forms.DateTimeField(
        label="Ends", required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Empty: never. After it nobody reads the secret.",
    )  # fmt: skip
    rotate_every_days = forms.IntegerField(
        label="Replace every so many days", min_value=1, max_value=3650, required=False
    )
    readers = forms.MultipleChoiceField(
        label="May be read by", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, told) for one, told in READERS.items()],
        help_text="Nobody else reads it, and no person sees it.",
    )  # fmt: skip

    def about(self) -> About:
        """What was submitted. Only if valid."""
        told = self.cleaned_data
        return About(
            name=told["name"],
            description=told["description"],
            tags=[one.strip() for one in told["tags"].split(",") if one.strip()],
            expires_at=told["expires_at"],
            rotate_every_days=told["rotate_every_days"],
            readers=frozenset(Accessor(one) for one in told["readers"]),
        )


class SecretForm(forms.Form):
    """The parts of a secret of one kind."""

    def __init__(self, data: Any = None, *, kind: CredentialKind) -> None:
        super().__init__(data)
        self.kind = kind
        for part in credentials.REQUIRED[kind] or ("value",):
            label = part.replace("_", " ").capitalize().replace("Api", "API")
            self.fields[part] = secret_field(label, "")
            self.fields[part].required = True

    def secret(self) -> Mapping[str, str]:
        """The parts that were submitted. Only if valid."""
        return dict(self.cleaned_data)
