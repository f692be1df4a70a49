"""What can be done through connectors whose actions are fixed: vectors, files and functions.

Each operation has the schema of what it is given; a connector that only reads has those alone
that do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from integrations.domain.connectors import ConnectorType

UPSERT_BATCH: Final = 100  # vectors of one statement
MAX_VECTORS: Final = 1000  # of one call
TOP_K: Final = 10
MAX_TOP_K: Final = 1000
PAGE: Final = 1000  # files of one list, and keys of one deletion
PRESIGNED_SECONDS: Final = 3600
MAX_PRESIGNED: Final = 7 * 24 * 3600
CHUNK: Final = 8192  # bytes read of a file at a time
BATCH: Final = 10  # functions at once

_KEY: Final = {"type": "string", "minLength": 1, "maxLength": 1024}
_NAME: Final = {"type": "string", "maxLength": 128}
_VECTOR: Final = {"type": "array", "items": {"type": "number"}, "maxItems": 16_000}
_FILTER: Final = {"type": "object", "description": "Metadata that has to be just so."}
_KINDS: Final = ("sync", "async", "dry_run")
_FUNCTION: Final[Mapping[str, Any]] = {
    "function": {"type": "string", "minLength": 1, "maxLength": 140},
    "payload": {"type": "object", "default": {}},
    "invocation_type": {"type": "string", "enum": list(_KINDS), "default": "sync"},
}


@dataclass(frozen=True)
class Operation:
    """One thing to do: what it is for, what it is given, and whether it changes anything."""

    name: str
    description: str
    properties: Mapping[str, Any]
    required: Sequence[str] = ()
    writes: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what it is given."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


_VECTORS: Final = (
    Operation(
        "query", "The nearest neighbours of a vector.",
        {
            "vector": _VECTOR, "namespace": _NAME, "filter": _FILTER,
            "top_k": {"type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "default": TOP_K},
            "include_metadata": {"type": "boolean", "default": True},
            "include_vectors": {"type": "boolean", "default": False},
        },
        ["vector"],
    ),
    Operation("stats", "How many vectors there are, by namespace.", {}),
    Operation(
        "upsert", "Store vectors under their ids, in place of those that are there.",
        {
            "namespace": _NAME,
            "vectors": {
                "type": "array", "minItems": 1, "maxItems": MAX_VECTORS,
                "description": 'Each as {"id": "a", "values": [0.1, 0.2], "metadata": {}}.',
                "items": {
                    "type": "object", "required": ["id", "values"], "additionalProperties": False,
                    "properties": {"id": _KEY, "values": _VECTOR, "metadata": {"type": "object"}},
                },
            },
        },
        ["vectors"], writes=True,
    ),
    Operation(
        "delete", "Delete by ids or by metadata, or a whole namespace.",
        {
            "namespace": _NAME, "filter": _FILTER,
            "ids": {"type": "array", "items": _KEY, "maxItems": MAX_VECTORS},
            "all": {"type": "boolean", "default": False},
            "confirm": {"type": "string", "description": "For all: the name of the table."},
        },
        writes=True,
    ),
    Operation(
        "create", "Make the table and its index (IVFFlat, 100 lists) where they are missing.", {},
        writes=True,
    ),
)  # fmt: skip
_FILES: Final = (
    Operation(
        "list", "The files whose names begin so, up to 1,000 at a time.",
        {
            "prefix": {"type": "string", "maxLength": 1024},
            "limit": {"type": "integer", "minimum": 1, "maximum": PAGE, "default": PAGE},
            "continuation": {"type": "string", "maxLength": 2048},
        },
    ),
    Operation(
        "metadata", "Whether a file is there, its size and when it changed.", {"key": _KEY},
        ["key"],
    ),
    Operation("download", "What a file holds, as text or else in base64.", {"key": _KEY}, ["key"]),
    Operation(
        "presigned", "An address by which a file of S3 is got or put for a while.",
        {
            "key": _KEY, "method": {"type": "string", "enum": ["get", "put"], "default": "get"},
            "seconds": {
                "type": "integer", "minimum": 1, "maximum": MAX_PRESIGNED,
                "default": PRESIGNED_SECONDS,
            },
        },
        ["key"],
    ),
    Operation(
        "upload", "Store a file, in place of one that is there.",
        {
            "key": _KEY, "content": {"type": "string", "x-long": True},
            "encoding": {"type": "string", "enum": ["text", "base64"], "default": "text"},
        },
        ["key", "content"], writes=True,
    ),
    Operation(
        "copy", "Copy a file within the folder.", {"key": _KEY, "to": _KEY}, ["key", "to"],
        writes=True,
    ),
    Operation(
        "delete", "Delete files, any number up to 10,000.",
        {"keys": {"type": "array", "items": _KEY, "minItems": 1, "maxItems": 10_000}},
        ["keys"], writes=True,
    ),
)  # fmt: skip
_FUNCTIONS: Final = (
    Operation(
        "invoke", "Invoke a function and wait, or not, or only see whether it is there.",
        _FUNCTION, ["function"], writes=True,
    ),
    Operation(
        "batch", "Invoke up to ten at once.",
        {
            "invocations": {
                "type": "array", "minItems": 1, "maxItems": BATCH,
                "items": {
                    "type": "object", "required": ["function"], "additionalProperties": False,
                    "properties": dict(_FUNCTION),
                },
            }
        },
        ["invocations"], writes=True,
    ),
)  # fmt: skip
OPERATIONS: Final[Mapping[ConnectorType, Sequence[Operation]]] = {
    ConnectorType.VECTOR: _VECTORS,
    ConnectorType.FILE: _FILES,
    ConnectorType.SERVERLESS: _FUNCTIONS,
}


def of(kind: ConnectorType, config: Mapping[str, Any]) -> list[Operation]:
    """The operations of a connector, those first that only read."""
    reads = bool(config.get("is_read_only", False))
    return [one for one in OPERATIONS.get(kind, ()) if not (reads and one.writes)]
