"""What people submit about data sources. Each form checks one submission."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms

from integrations.actions.sources import MAX_DESCRIPTION, MAX_NAME, MAX_TAG, Wanted
from integrations.domain import source_configs
from integrations.domain.configs import MAX_VALUE
from integrations.domain.engines import ENGINES, Engine, Field, option_for
from integrations.domain.source_configs import MARK, SETTINGS
from integrations.domain.sources import SIGNS_IN_WITH, AuthType
from integrations.forms.fields import interval_field, keep_interval, secret_field
from integrations.forms.sections import Section, sections_of
from integrations.models import DataSource
from m25console.fields import choices_of
from m25console.inputs import SettingInput
from m25console.vocabulary import Role

CONFIG: Final = "config_"  # before the names of settings
STORED: Final = "Stored. Empty: it stays as it is."


class SourceForm(forms.Form):
    """A data source as somebody wants it; which fields there are follows from its engine."""

    name = forms.CharField(
        label="Name", max_length=MAX_NAME, help_text="As your people know it, such as “Orders, EU”."
    )
    forget = forms.MultipleChoiceField(
        label="Take away what is stored", required=False, widget=forms.CheckboxSelectMultiple
    )
    description = forms.CharField(
        label="What is in it", max_length=MAX_DESCRIPTION, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    tags = forms.CharField(
        label="Tags", max_length=1000, required=False, help_text="Separated by commas."
    )
    access_roles = forms.MultipleChoiceField(
        label="Open to", required=False, choices=choices_of(Role),
        widget=forms.CheckboxSelectMultiple,
        help_text="None: open to all roles. A role includes those above it.",
    )  # fmt: skip

    check_every_seconds = interval_field("While it is switched on.")

    def __init__(self, data: Any = None, *, engine: Engine, row: DataSource | None = None) -> None:
        super().__init__(data, initial=_as_form(row) if row else None)
        self.engine, self.row = engine, row
        if row:
            keep_interval(self.fields["check_every_seconds"], row.check_every_seconds)
        self._held: Mapping[str, Any] = row.config if row else {}
        kept = [one for one in ENGINES[engine].fields if self._value(one.name) == MARK]
        for one in ENGINES[engine].fields:
            self.fields[_field_name(one)] = self._field(one, is_stored=one in kept)
        choice = self.fields["forget"]
        assert isinstance(choice, forms.MultipleChoiceField)
        choice.choices = [(one.name, one.label) for one in kept]
        if not kept:
            del self.fields["forget"]
        self.order_fields(["name", *map(_field_name, ENGINES[engine].fields), "forget"])

    @property
    def sections(self) -> list[Section]:
        """Where it is, who signs in, how that is kept from others, and for whom it is."""
        names = set(self.fields)
        signing = names & {"forget", *(CONFIG + one for one in _SIGNING)}
        encryption = {one for one in names if one.startswith(CONFIG + "ssl_")}
        about = names & {"description", "tags", "access_roles", "check_every_seconds"}
        return sections_of(
            self,
            ("Connection", names - signing - encryption - about, ""),
            ("Signing in", signing, ""),
            ("Encryption", encryption, ""),
            ("About it", about, ""),
        )

    def wanted(self) -> Wanted:
        """The source that was submitted. Only if valid."""
        told = self.cleaned_data
        return Wanted(
            name=told["name"],
            config=self._config(),
            description=told["description"],
            tags=[one.strip()[:MAX_TAG] for one in told["tags"].split(",") if one.strip()],
            access_roles=told["access_roles"],
            check_every_seconds=told["check_every_seconds"] or None,
        )

    @property
    def has_new_secret(self) -> bool:
        """Whether one was entered, which no page sends back. Only if valid."""
        return any(
            source_configs.is_secret(one.name) and self.cleaned_data.get(_field_name(one))
            for one in ENGINES[self.engine].fields
        )

    def _config(self) -> dict[str, Any]:
        changes = dict(self._changes())
        options = {**self._held.get("options", {})}
        if self.row is None:
            options |= option_for(self.engine)
        for name in [one for one in changes if one.startswith("options.")]:
            options[name.partition(".")[2]] = changes.pop(name)
        options = {name: value for name, value in options.items() if value is not None}
        return {**changes, "options": options or None}

    def _changes(self) -> Iterator[tuple[str, Any]]:
        """Every setting of the form with its value; None takes it away."""
        forgotten = set(self.cleaned_data.get("forget", ()))
        for one in ENGINES[self.engine].fields:
            value = self.cleaned_data[_field_name(one)]
            if not source_configs.is_secret(one.name):
                yield one.name, value if value not in ("", None) else None
            elif value:
                yield one.name, value
            elif one.name in forgotten:
                yield one.name, None

    def _value(self, name: str) -> Any:
        first, dot, inner = name.partition(".")
        return self._held.get(first, {}).get(inner) if dot else self._held.get(first)

    def _field(self, one: Field, *, is_stored: bool) -> forms.Field:
        if source_configs.is_secret(one.name):
            return secret_field(one.label, STORED if is_stored else one.hint)
        # What can be entered as one address need not be entered in parts.
        has_whole = any(each.name == "connection_string" for each in ENGINES[self.engine].fields)
        common: dict[str, Any] = {
            "label": one.label, "help_text": one.hint,
            "required": one.is_required and not has_whole, "initial": self._value(one.name),
        }  # fmt: skip
        setting = SETTINGS[one.name.partition(".")[0]]
        if setting.kind is bool:
            initial = self._held.get(one.name, setting.usual)
            return forms.BooleanField(**common | {"required": False, "initial": initial})
        if setting.kind is int:
            low, high = setting.bounds
            return forms.IntegerField(min_value=low, max_value=high, **common)
        if one.name == "auth_type":
            choices = [("", "Nothing"), *((each.value, SIGNS_IN_WITH[each]) for each in _OFFERED)]
            return forms.ChoiceField(choices=choices, **common | {"required": False})
        return forms.CharField(max_length=MAX_VALUE, widget=SettingInput, **common)


_OFFERED: Final = (AuthType.BASIC, AuthType.API_KEY)
_SIGNING: Final = ("auth_type", "username", "password", "api_key", "options_header")


def _field_name(one: Field) -> str:
    return CONFIG + one.name.replace(".", "_")


def _as_form(row: DataSource) -> dict[str, Any]:
    return {
        "name": row.name,
        "description": row.description,
        "tags": ", ".join(row.tags),
        "access_roles": row.access_roles,
        "check_every_seconds": row.check_every_seconds,
    }
