"""What may be done through a connector, as whoever calls it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.actions.connector_actions import parameters_of
from integrations.domain import action_schemas, connector_operations
from integrations.domain.connectors import ConnectorType
from integrations.models import Connector, ConnectorAction


@dataclass(frozen=True)
class Described:
    """One action: its name, what it is for, and the schema of what it is given."""

    name: str
    description: str
    input_schema: dict[str, Any]
    row: ConnectorAction | None = None


def described(connector: Connector) -> Sequence[Described]:
    """Its actions by name, or the operations that its type has: one query or none."""
    kind = ConnectorType(connector.connector_type)
    fixed = connector_operations.of(kind, connector.config)
    if fixed:
        return [Described(one.name, one.description, one.schema) for one in fixed]
    return [_of(one) for one in connector.actions.order_by("name")]


def _of(row: ConnectorAction) -> Described:
    if row.path:
        schema = action_schemas.of_request(row.path, row.request_schema)
    else:
        schema = action_schemas.of_statement(parameters_of(row))
    return Described(row.name, row.description, schema, row)
