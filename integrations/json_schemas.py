"""Documents against JSON Schemas that other people wrote: every fault, in words.

Nothing is fetched: a reference to another document is a fault. Regular expressions run in linear
time (RE2); a schema that needs more than that lets nothing through.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import re2
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST: Final = 20  # faults told of one document
MAX_TOLD: Final = 300  # characters of one
_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False


def faults(schema: Mapping[str, Any], document: Any) -> list[str]:
    """What is wrong with the document, or why it cannot be checked; empty if it is good."""
    if _names(schema, "patternProperties"):
        return ["The schema uses patternProperties, which cannot be checked here."]
    try:
        Draft202012Validator.check_schema(schema)
        found = _Validator(schema, registry=Registry()).iter_errors(document)
        told = [_told(one) for one, _ in zip(found, range(MOST), strict=False)]
    except SchemaError as wrong:
        return [f"The schema is not valid: {wrong.message[:MAX_TOLD]}"]
    except (Unresolvable, re2.error, RecursionError) as unable:
        return [f"The schema cannot be checked here: {type(unable).__name__}."]
    return told


def unusable(schema: Mapping[str, Any]) -> str:
    """Why no document can be checked against the schema; empty if any can."""
    return next((one for one in faults(schema, {}) if one.startswith("The schema")), "")


def _pattern(
    validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    is_text = validator.is_type(instance, "string")
    if is_text and not re2.compile(pattern, _OPTIONS).search(instance):
        yield ValidationError(f"does not match {pattern!r}")


_Validator: Final = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"pattern": _pattern}
)


def _names(schema: Any, keyword: str) -> bool:
    """Whether the keyword stands anywhere in the schema."""
    match schema:
        case Mapping():
            return keyword in schema or any(_names(one, keyword) for one in schema.values())
        case list():
            return any(_names(one, keyword) for one in schema)
    return False


def _told(error: ValidationError) -> str:
    """The fault and where it is; never the value, which may be a secret."""
    place = "/".join(str(one) for one in error.absolute_path)
    wanted = _WANTED.get(str(error.validator), "does not fit the schema")
    message = wanted.format(message=error.message, value=error.validator_value)
    return f"{place or 'arguments'}: {message}".replace("\0", "\ufffd")[:MAX_TOLD]


# What jsonschema says of these quotes the value; the others name only properties and figures.
_WANTED: Final[Mapping[str, str]] = {
    "type": "has to be of type {value}",
    "enum": "has to be one of {value}",
    "const": "has to be {value}",
    "minimum": "has to be {value} or more",
    "maximum": "has to be {value} or less",
    "exclusiveMinimum": "has to be more than {value}",
    "exclusiveMaximum": "has to be less than {value}",
    "multipleOf": "has to be a multiple of {value}",
    "minLength": "has to have {value} characters or more",
    "maxLength": "has to have {value} characters or less",
    "minItems": "has to have {value} entries or more",
    "maxItems": "has to have {value} entries or less",
    "uniqueItems": "has the same entry twice",
    "anyOf": "fits none of the forms it may have",
    "oneOf": "does not fit exactly one of the forms it may have",
    "not": "has a form that it must not have",
    "contains": "lacks an entry that it has to have",
    "format": "has to be a {value}",
    "minProperties": "has to have {value} properties or more",
    "maxProperties": "has to have {value} properties or less",
    "dependentRequired": "lacks a property that another one needs",
    "pattern": "has to match {value}",
    "required": "{message}",
    "additionalProperties": "{message}",
    "unevaluatedProperties": "{message}",
    "propertyNames": "has a property with a name that it must not have",
}
