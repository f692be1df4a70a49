"""What people submit about an action, and what they fill in to try one."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import orjson
from django import forms

from integrations.actions.connector_actions import Wanted
from integrations.domain.connectors import MAX_ROWS, TIMEOUT_SECONDS, ConnectorType, Method
from integrations.domain.sql_templates import MAX_SQL, Kind, Parameter
from integrations.models import ConnectorAction

FIELD: Final = "p_"  # before the names of an action's own parameters
MAX_DOCUMENT: Final = 100_000  # characters
BOUNDS: Final = {"length": "max_length", "min": "least", "max": "most"}


class DocumentField(forms.CharField):
    """JSON, of one kind; empty is that kind's empty value."""

    def __init__(self, *, kind: type[dict[str, Any]] | type[list[Any]] = dict, **rest: Any) -> None:
        attrs = {"rows": 6, "class": "mono", "spellcheck": "false"}
        super().__init__(max_length=MAX_DOCUMENT, widget=forms.Textarea(attrs=attrs), **rest)
        self.kind = kind

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return self.kind()
        try:
            document = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise forms.ValidationError(f"This is not JSON: {error}.") from None
        if not isinstance(document, self.kind):
            wanted = "an object, in {}" if self.kind is dict else "a list, in []"
            raise forms.ValidationError(f"Write {wanted}.")
        return document


class ActionForm(forms.Form):
    """A request or a statement, whichever the connector's type has."""

    name = forms.SlugField(
        label="Name", max_length=64,
        help_text="What agents call it by: small letters, digits, dashes and underscores.",
    )  # fmt: skip
    description = forms.CharField(
        label="What it does", max_length=500, required=False, help_text="Agents read this."
    )
    method = forms.ChoiceField(label="Method", choices=[(one.value, one.value) for one in Method])
    path = forms.CharField(
        label="Path", max_length=500,
        help_text="After the connector's address, such as /customers/{id}.",
    )  # fmt: skip
    request_schema = DocumentField(
        label="Schema of the payload", required=False,
        help_text="JSON Schema. What is not in the path becomes the query or the body.",
    )  # fmt: skip
    sql = forms.CharField(
        label="Statement", max_length=MAX_SQL,
        widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
        help_text="One statement; write :name where a value belongs.",
    )  # fmt: skip
    parameters = forms.CharField(
        label="Parameters", max_length=10_000, required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text="One a line, such as “limit int min:1 max:50 = 10” or “since date optional”. "
        f"Types: {', '.join(Kind)}.",
    )  # fmt: skip
    is_read_only = forms.BooleanField(label="It only reads", required=False, initial=True)
    max_rows = forms.IntegerField(
        label="Rows at most", min_value=1, max_value=MAX_ROWS, required=False,
        help_text="Empty: as many as the connector allows.",
    )  # fmt: skip
    timeout_seconds = forms.IntegerField(
        label="Seconds it may take", min_value=1, max_value=TIMEOUT_SECONDS, required=False,
        help_text="Empty: as long as the connector allows.",
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, kind: ConnectorType, row: ConnectorAction | None = None
    ) -> None:
        super().__init__(data, initial=_as_form(row) if row else None)
        of_requests = ("method", "path", "request_schema")
        of_statements = ("sql", "parameters", "is_read_only", "max_rows", "timeout_seconds")
        for name in of_statements if kind is ConnectorType.HTTP else of_requests:
            del self.fields[name]
        if row:
            del self.fields["name"]
        self.row = row

    def clean_parameters(self) -> list[Parameter]:
        lines = [one.strip() for one in self.cleaned_data["parameters"].splitlines()]
        return [_parameter(one) for one in lines if one]

    def wanted(self) -> Wanted:
        """The action that was submitted. Only if valid."""
        return Wanted(**({"name": self.row.name} if self.row else {}) | self.cleaned_data)


class PayloadForm(forms.Form):
    """The values an action is given, field by field as its schema says."""

    def __init__(self, data: Any = None, *, schema: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.properties: Mapping[str, Any] = schema.get("properties", {})
        required = schema.get("required", [])
        for name, one in self.properties.items():
            self.fields[FIELD + name] = _field(name, one, is_required=name in required)

    def payload(self) -> dict[str, Any]:
        """What was filled in; what was left empty is left out. Only if valid."""
        given = {name: self.cleaned_data[FIELD + name] for name in self.properties}
        return {name: value for name, value in given.items() if value not in (None, "", [], {})}


def _field(name: str, one: Mapping[str, Any], *, is_required: bool) -> forms.Field:
    told: dict[str, Any] = {
        "label": name,
        "required": is_required,
        "help_text": one.get("description", ""),
        "initial": one.get("default"),
    }
    if one.get("enum"):
        blank = [] if is_required else [("", "—")]
        return forms.ChoiceField(**told, choices=[*blank, *((str(e), str(e)) for e in one["enum"])])
    made = _FIELDS.get(str(one.get("type")))
    if made:
        return made(**told | ({"required": False} if made is forms.BooleanField else {}))
    attrs = {"rows": 3} if one.get("x-long") else {}
    widget = forms.Textarea(attrs=attrs) if attrs else forms.TextInput()
    return forms.CharField(**told, max_length=MAX_DOCUMENT, widget=widget, strip=False)


_FIELDS: Final[Mapping[str, Callable[..., forms.Field]]] = {
    "integer": forms.IntegerField,
    "number": forms.FloatField,
    "boolean": forms.BooleanField,
    "array": partial(DocumentField, kind=list),
    "object": DocumentField,
}


def _parameter(line: str) -> Parameter:
    """A line such as `limit int min:1 max:50 = 10` or `since date optional`."""
    told, has_default, default = line.partition("=")
    name, *rest = told.split()
    kind, *rest = rest or [Kind.TEXT.value]
    if kind not in set(Kind):
        raise forms.ValidationError(f"{name}: one of the types {', '.join(Kind)}.")
    bounds: dict[str, float] = {}
    for word in rest:
        label, _, number = word.partition(":")
        if word != "optional" and (label not in BOUNDS or not _is_number(number)):
            raise forms.ValidationError(f"{name}: “{word}” is not understood.")
        if number:
            bounds[BOUNDS[label]] = float(number)
    length = bounds.pop("max_length", None)
    return Parameter(
        name, Kind(kind), "optional" not in rest and not has_default,
        _default(kind, default.strip()) if has_default else None,
        None if length is None else int(length), **bounds,
    )  # fmt: skip


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", text))


def _default(kind: str, text: str) -> Any:
    try:
        return orjson.loads(text) if kind.startswith("list") else text
    except orjson.JSONDecodeError:
        raise forms.ValidationError(f"“{text}” is no list; write it as JSON.") from None


def _line(one: Mapping[str, Any]) -> str:
    """A parameter as its line."""
    bounds = [f"{label}:{one[name]:g}" for label, name in BOUNDS.items() if name in one]
    default = one.get("default")
    text = default if isinstance(default, str) else orjson.dumps(default).decode()
    ends = [f"= {text}"] if default is not None else [] if one["is_required"] else ["optional"]
    return " ".join([one["name"], one["kind"], *bounds, *ends])


def _as_form(row: ConnectorAction) -> dict[str, Any]:
    schema = orjson.dumps(row.request_schema, option=orjson.OPT_INDENT_2).decode()
    return {
        "description": row.description,
        "method": row.method,
        "path": row.path,
        "request_schema": schema if row.request_schema else "",
        "sql": row.sql,
        "parameters": "\n".join(_line(one) for one in row.parameters),
        "is_read_only": row.is_read_only,
        "max_rows": row.max_rows,
        "timeout_seconds": row.timeout_seconds,
    }
