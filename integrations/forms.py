"""What people submit about integrations and credentials. Each form checks one submission."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms

from integrations.actions.credentials import About
from integrations.actions.integrations import MAX_LIMIT, MAX_MODEL, MAX_NAME, Wanted
from integrations.domain import configs, credentials
from integrations.domain.states import Accessor, CredentialKind, Provider
from integrations.models import Integration

NEW_KEY: Final = ""
KEEP: Final = "keep"
CONFIG: Final = "config_"  # before the names of a provider's own settings
KINDS: Final[Mapping[CredentialKind, str]] = {
    CredentialKind.API_KEY: "API key",
    CredentialKind.BEARER_TOKEN: "Bearer token",
    CredentialKind.BASIC_AUTH: "Name and password",
    CredentialKind.DATABASE: "Database",
    CredentialKind.OAUTH: "OAuth client",
    CredentialKind.SSH_KEY: "SSH key",
    CredentialKind.CERTIFICATE: "Certificate",
    CredentialKind.CUSTOM: "Something else",
}
READERS: Final[Mapping[Accessor, str]] = {
    Accessor.SYSTEM: "The console, to check that a connection works",
    Accessor.MACHINE: "Your programs, by an API token",
    Accessor.MCP_TOOL: "Tools of MCP servers",
}


def _secret(label: str, hint: str) -> forms.CharField:
    """A field whose value goes to the vault and is never sent back to a page."""
    return forms.CharField(
        label=label, help_text=hint, required=False, strip=True, max_length=credentials.MAX_VALUE,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class IntegrationForm(forms.Form):
    """An integration as somebody wants it; which fields there are follows from the provider."""

    name = forms.CharField(
        label="Name", max_length=MAX_NAME, help_text="As your people know it, such as “Prod, EU”."
    )
    credential_ref = forms.ChoiceField(label="Key", required=False)
    secret = _secret("New key", "Stored sealed; nobody sees it again, you included.")
    default_model = forms.CharField(
        label="Usual model", max_length=MAX_MODEL, required=False, help_text="For your own use."
    )
    budget = forms.DecimalField(
        label="Budget a month, in dollars", min_value=0, max_value=MAX_LIMIT // 100,
        decimal_places=2, required=False, help_text="Empty: no limit. Warned of at 80 %.",
    )  # fmt: skip
    token_limit_month = forms.IntegerField(
        label="Tokens a month", min_value=0, max_value=MAX_LIMIT, required=False,
        help_text="Empty: no limit.",
    )  # fmt: skip
    rate_limit_rpm = forms.IntegerField(
        label="Calls a minute", min_value=0, max_value=MAX_LIMIT, required=False,
        help_text="Empty: no limit.",
    )  # fmt: skip
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
        choice = self.fields["credential_ref"]
        assert isinstance(choice, forms.ChoiceField)
        kept = [(KEEP, "Keep the one in use")] if row else []
        choice.choices = [*kept, (NEW_KEY, "Store a new key"), *stored]
        for one in configs.SETTINGS[provider]:
            self.fields[CONFIG + one.name] = forms.CharField(
                label=one.label, help_text=one.hint, required=one.is_required,
                max_length=configs.MAX_VALUE, initial=(row.config if row else {}).get(one.name),
                widget=forms.TextInput(attrs={"placeholder": one.example}),
            )  # fmt: skip
        first = ["name", *(CONFIG + one.name for one in configs.SETTINGS[provider])]
        self.order_fields([*first, "credential_ref", "secret"])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("credential_ref") == NEW_KEY and not told.get("secret"):
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
            self.fields[part] = _secret(label, "")
            self.fields[part].required = True

    def secret(self) -> Mapping[str, str]:
        """The parts that were submitted. Only if valid."""
        return dict(self.cleaned_data)
