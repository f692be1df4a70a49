"""What may be done through a connector: its requests and statements, kept by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations import json_schemas
from integrations.actions.connectors import locked
from integrations.domain import connector_paths, sql_templates
from integrations.domain.connector_paths import PathFault
from integrations.domain.connectors import MAX_ROWS, TIMEOUT_SECONDS, ConnectorType, Method
from integrations.domain.sql_templates import Kind, Parameter, TemplateFault
from integrations.models import Connector, ConnectorAction
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import check_room, found

MOST: Final = 100  # of one connector
_NAME: Final = re.compile(r"(?!new$)[a-z][a-z0-9_-]{0,63}")  # “new” is the page of a new one


@dataclass(frozen=True)
class Wanted:
    """An action as somebody wants it: a request with a path, or a statement with parameters."""

    name: str
    description: str = ""
    method: str = ""
    path: str = ""
    request_schema: Mapping[str, Any] = field(default_factory=dict)
    sql: str = ""
    parameters: Sequence[Parameter] = ()
    is_read_only: bool = True
    max_rows: int | None = None
    timeout_seconds: int | None = None


@transaction.atomic
def save(
    *, connector_id: str, wanted: Wanted, by: Actor, now: datetime, is_new: bool = False
) -> ConnectorAction:
    """The action under its name, new or changed; with `is_new` the name must be free.

    Raises NotFound, NotPermitted, InvalidInput or WrongState.
    """
    connector = locked(connector_id, by)
    check_connects(by)
    check(wanted, connector=connector)
    row = connector.actions.filter(name=wanted.name).first()
    if row is not None and is_new:
        raise WrongState(f"There is an action “{wanted.name}” already; choose another name.")
    if row is None:
        check_room(connector.actions.all(), most=MOST, noun="actions")
    before = told(row) if row else None
    row = row or ConnectorAction(
        tenant=by.tenant, connector=connector, name=wanted.name, created_at=now
    )
    _fill(row, wanted, now=now)
    row.save()
    audit.record(
        by=by, action="connector.action_saved", about=connector, before=before, after=told(row),
        note=row.name, now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def delete(*, connector_id: str, name: str, by: Actor, now: datetime) -> None:
    """Take an action away; its calls stay. Raises NotFound or NotPermitted."""
    connector = locked(connector_id, by)
    check_connects(by)
    row = found(connector.actions.all(), name, noun="action", key="name")
    audit.record(
        by=by, action="connector.action_deleted", about=connector, before=told(row),
        note=row.name, now=now,
    )  # fmt: skip
    row.delete()


def check(wanted: Wanted, *, connector: Connector) -> None:
    """Raises InvalidInput with every fault by field."""
    wrong: dict[str, list[str]] = {}
    if not _NAME.fullmatch(wanted.name):
        wrong["name"] = ["A name has small letters, digits, dashes and underscores."]
    match ConnectorType(connector.connector_type):
        case ConnectorType.HTTP:
            wrong |= _request_faults(wanted)
        case ConnectorType.SQL:
            wrong |= _statement_faults(wanted)
        case _:
            wrong["name"] = ["What a connector of this type can do is fixed."]
    if wrong:
        raise InvalidInput.of(wrong)


def parameters_of(row: ConnectorAction) -> list[Parameter]:
    """The parameters of a statement, as they are kept."""
    return [Parameter(**{**one, "kind": Kind(one["kind"])}) for one in row.parameters]


def told(row: ConnectorAction) -> dict[str, Any]:
    """The action as the audit keeps it."""
    if row.path:
        return {"method": row.method, "path": row.path, "request_schema": row.request_schema}
    return {
        "sql": row.sql,
        "parameters": row.parameters,
        "is_read_only": row.is_read_only,
        "max_rows": row.max_rows,
        "timeout_seconds": row.timeout_seconds,
    }


def _request_faults(wanted: Wanted) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if wanted.sql or wanted.parameters:
        wrong["sql"] = ["An action over HTTP has a method and a path."]
    if wanted.method not in set(Method):
        wrong["method"] = [f"One of: {', '.join(Method)}."]
    try:
        connector_paths.check_template(wanted.path)
    except PathFault as fault:
        wrong["path"] = [str(fault)]
    if unusable := json_schemas.unusable(wanted.request_schema):
        wrong["request_schema"] = [unusable]
    return wrong


def _statement_faults(wanted: Wanted) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if wanted.method or wanted.path or wanted.request_schema:
        wrong["path"] = ["An action over SQL has a statement and its parameters."]
    try:
        sql_templates.check(wanted.sql, wanted.parameters)
    except TemplateFault as fault:
        wrong["sql"] = [str(fault)]
    if wanted.max_rows is not None and not 1 <= wanted.max_rows <= MAX_ROWS:
        wrong["max_rows"] = [f"From 1 to {MAX_ROWS:,} rows."]
    if wanted.timeout_seconds is not None and not 1 <= wanted.timeout_seconds <= TIMEOUT_SECONDS:
        wrong["timeout_seconds"] = [f"From 1 to {TIMEOUT_SECONDS} seconds."]
    return wrong


def _fill(row: ConnectorAction, wanted: Wanted, *, now: datetime) -> None:
    row.description, row.updated_at = wanted.description.strip(), now
    row.method, row.path = wanted.method, wanted.path
    row.request_schema = dict(wanted.request_schema)
    row.sql, row.is_read_only = wanted.sql.strip(), wanted.is_read_only
    row.parameters = [_kept(one) for one in wanted.parameters]
    row.max_rows, row.timeout_seconds = wanted.max_rows, wanted.timeout_seconds


def _kept(one: Parameter) -> dict[str, Any]:
    """A parameter as JSON keeps it, without what is not set."""
    given = {"name": one.name, "kind": str(one.kind), "is_required": one.is_required}
    more = {name: getattr(one, name) for name in ("default", "max_length", "least", "most")}
    return given | {name: value for name, value in more.items() if value is not None}
