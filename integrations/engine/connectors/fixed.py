"""What adapters with fixed operations have in common: finding one and checking what it is given."""

from collections.abc import Mapping
from typing import Any

from integrations import json_schemas
from integrations.domain import connector_operations
from integrations.domain.connector_operations import Operation
from integrations.domain.connectors import ConnectorType
from integrations.engine.connectors.calls import Asked, CallFault


def operation_of(asked: Asked) -> tuple[Operation, dict[str, Any]]:
    """The operation and its values, with the usual ones where none is given.

    Raises CallFault for one that is not offered, or values that do not fit.
    """
    kind = ConnectorType(asked.connector.connector_type)
    offered = connector_operations.of(kind, asked.connector.config)
    chosen = next((one for one in offered if one.name == asked.action), None)
    if chosen is None:
        names = ", ".join(one.name for one in offered)
        told = f"There is no such action here. There are: {names}."
        raise CallFault("unknown_action", told, is_ours=True)
    if wrong := json_schemas.faults(chosen.schema, asked.payload):
        raise CallFault("invalid_payload", " ".join(wrong), is_ours=True)
    return chosen, usual(chosen.properties) | dict(asked.payload)


def usual(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are taken where none is given."""
    return {name: one["default"] for name, one in properties.items() if "default" in one}
