"""What an action is to be given, as a JSON Schema: forms, checks and callers read it alike."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.domain import connector_paths
from integrations.domain.sql_templates import Kind, Parameter

type Schema = Mapping[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_OF_KIND: Final[Mapping[Kind, Schema]] = {
    Kind.TEXT: _TEXT,
    Kind.INTEGER: {"type": "integer"},
    Kind.FLOAT: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date", "description": "As 2026-03-15."},
    Kind.TIMESTAMP: {"type": "string", "description": "As 2026-03-15T12:00:00Z."},
    Kind.UUID: {"type": "string", "format": "uuid"},
    Kind.TEXTS: {"type": "array", "items": _TEXT},
    Kind.INTEGERS: {"type": "array", "items": {"type": "integer"}},
}


def of_request(path: str, schema: Schema) -> dict[str, Any]:
    """The schema of a request's payload, with the parameters of its path."""
    named = connector_paths.parameters_of(path)
    told = dict(schema)
    properties = dict(told.get("properties", {}))
    told["type"] = "object"
    told["properties"] = {name: properties.get(name, _TEXT) for name in named} | properties
    told["required"] = list(dict.fromkeys([*named, *told.get("required", [])]))
    return told


def of_statement(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The schema of the values that a statement binds."""
    return {
        "type": "object",
        "properties": {one.name: _of_parameter(one) for one in parameters},
        "required": [one.name for one in parameters if one.is_required],
    }


def _of_parameter(one: Parameter) -> dict[str, Any]:
    bounds = {"maxLength": one.max_length, "minimum": one.least, "maximum": one.most}
    told = {**_OF_KIND[one.kind], **bounds, "default": one.default}
    return {name: value for name, value in told.items() if value is not None}
