"""What people submit about a connector; its fields follow from its type's settings."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from integrations.actions import connectors
from integrations.domain.connector_settings import MAX_TEXT, SETTINGS, Setting, secret_parts
from integrations.domain.connectors import MAX_NAME, ConnectorType
from integrations.forms.fields import secret_field
from integrations.forms.sections import Section, sections_of
from integrations.models import Connector
from m25console.inputs import SettingInput

_LIMITS: Final = ("timeout_seconds", "max_retries", "rate_limit_requests", "max_rows")
CHOOSE: Final = "Fill in what it is known by; the rest stays empty."
PAIR: Final = 2  # parts that are filled in together
CONFIG: Final = "config_"  # before the names of a type's own settings
SECRET: Final = "secret_"  # noqa: S105 - before the names of a secret's parts
NEW_SECRET: Final = ""
KEEP: Final = "keep"
LABELS: Final[Mapping[str, str]] = {
    "token": "Token",
    "api_key": "API key",
    "username": "Name",
    "password": "Password",
    "access_key_id": "Access key id",
    "secret_access_key": "Secret access key",
}
WORDS: Final[Mapping[str, str]] = {
    "none": "Nothing",
    "bearer": "A bearer token",
    "api_key": "An API key",
    "basic": "Name and password",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL or MariaDB",
    "cosine": "Cosine",
    "l2": "Euclidean",
    "inner_product": "Inner product",
    "local": "A folder of this machine",
    "s3": "S3, or what speaks like it",
    "aws_lambda": "AWS Lambda",
    "http_functions": "Functions over HTTP (Google, Azure, your own)",
}


class ConnectorForm(forms.Form):
    """A connector as somebody wants it. Every part of a secret that its type may need is offered,
    and those that its settings do need are asked for."""

    name = forms.CharField(
        label="Name", max_length=MAX_NAME, help_text="As your people know it, such as “Billing”."
    )

    def __init__(
        self,
        data: Any = None,
        *,
        kind: ConnectorType,
        stored: Sequence[tuple[str, str]],
        row: Connector | None = None,
    ) -> None:
        super().__init__(data, initial={"name": row.name, "credential_ref": KEEP} if row else None)
        self.kind, self.row = kind, row
        held = row.config if row else {}
        for one in SETTINGS[kind]:
            self.fields[CONFIG + one.name] = _field(one, held.get(one.name, one.default))
        self.parts = _all_parts(kind)
        if self.parts:
            keeps = [(KEEP, "Keep the one in use")] if row and row.credential_ref else []
            self.fields["credential_ref"] = forms.ChoiceField(
                label="Secret", required=False,
                choices=[*keeps, (NEW_SECRET, "Enter it here"), *stored],
            )  # fmt: skip
        for part in self.parts:
            hint = "Stored sealed; nobody sees it again, you included."
            self.fields[SECRET + part] = secret_field(LABELS[part], hint)

    @property
    def sections(self) -> list[Section]:
        """Where it leads, how much may be called, and the secret."""
        names = set(self.fields)
        limits = names & {CONFIG + one for one in _LIMITS}
        secret = {one for one in names if one == "credential_ref" or one.startswith(SECRET)}
        return sections_of(
            self,
            ("Connection", names - limits - secret, ""),
            ("Limits", limits, ""),
            ("Secret", secret, CHOOSE if len(self.parts) > PAIR else ""),
        )

    @property
    def has_new_secret(self) -> bool:
        """Whether one was entered, which no page sends back. Only if valid."""
        return bool(self.wanted().secret)

    def wanted(self) -> connectors.Wanted:
        """The connector that was submitted. Only if valid."""
        told = self.cleaned_data
        config = {one.name: _value(one, told[CONFIG + one.name]) for one in SETTINGS[self.kind]}
        chosen = told.get("credential_ref", NEW_SECRET)
        needed = secret_parts(self.kind, config)
        entered = {part: told[SECRET + part] for part in needed if told[SECRET + part]}
        return connectors.Wanted(
            name=told["name"],
            kind=self.kind,
            config=config,
            credential_ref="" if chosen in (NEW_SECRET, KEEP) else chosen,
            secret=entered if chosen == NEW_SECRET else {},
            metadata=self.row.metadata if self.row else {},
        )


def _all_parts(kind: ConnectorType) -> tuple[str, ...]:
    """Every part that some setting of this type makes it need."""
    switches = [
        one for one in SETTINGS[kind] if one.name in ("auth_type", "storage_type", "platform")
    ]
    configs: list[dict[str, Any]] = [{}]
    for one in switches:
        configs = [held | {one.name: value} for held in configs for value in one.choices]
    return tuple(dict.fromkeys(part for held in configs for part in secret_parts(kind, held)))


def _field(one: Setting, value: Any) -> forms.Field:
    told: dict[str, Any] = {"label": one.label, "help_text": one.hint, "initial": value}
    choices = [(each, WORDS.get(each, each)) for each in one.choices]
    match one.default:
        case bool():
            return forms.BooleanField(**told, required=False)
        case int():
            return forms.IntegerField(**told, min_value=one.least, max_value=one.most)
        case tuple():
            return forms.MultipleChoiceField(
                **told, choices=choices, widget=forms.CheckboxSelectMultiple
            )
    if choices:
        return forms.ChoiceField(**told, choices=choices)
    widget = SettingInput(attrs={"placeholder": one.example})
    return forms.CharField(**told, required=one.is_required, max_length=MAX_TEXT, widget=widget)


def _value(one: Setting, given: Any) -> Any:
    return list(given) if isinstance(one.default, tuple) else given
