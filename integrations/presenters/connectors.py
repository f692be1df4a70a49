"""Connectors as their list and page show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.utils.translation import gettext_noop as _

from integrations.domain import references
from integrations.domain.connector_settings import SETTINGS, Setting
from integrations.domain.connectors import (
    ConnectorStatus,
    ConnectorType,
    Outcome,
    capabilities_of,
)
from integrations.engine.connectors.describing import Described, described
from integrations.forms.connectors import WORDS
from integrations.models import Connector, ConnectorCall
from integrations.permissions import check_can_call, check_can_switch, check_can_test
from integrations.presenters.health import StageLine
from integrations.presenters.integrations import changes_of
from integrations.presenters.sources import lines_of
from m25console import exports, keyset
from m25console.access import Actor, Verdict, check_connects, check_may, verdict
from m25console.exports import Column, Query, Table, field
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import AuditEntry
from m25console.rights import Permission

NEWEST: Final = Order("created_at")
CALLS: Final = Order("at")
CALLS_SHOWN: Final = 25
WITH_ACTIONS: Final = frozenset({ConnectorType.HTTP, ConnectorType.SQL})  # kept by name
TYPES: Final[Mapping[ConnectorType, str]] = {
    ConnectorType.HTTP: "HTTP API",
    ConnectorType.SQL: "SQL database",
    ConnectorType.VECTOR: "Vectors",
    ConnectorType.FILE: "Files",
    ConnectorType.SERVERLESS: "Functions",
    ConnectorType.MCP: "MCP",
    ConnectorType.STREAM: "Stream",
    ConnectorType.CUSTOM: "Something else",
}
ABOUT: Final[Mapping[ConnectorType, str]] = {
    ConnectorType.HTTP: "Named requests to one server: the path and method are yours, agents only "
    "choose an action and fill in its values.",
    ConnectorType.SQL: "Named statements with typed parameters. Agents never see or send SQL.",
    ConnectorType.VECTOR: "Nearest neighbours in a PostgreSQL table with pgvector.",
    ConnectorType.FILE: "Files of one folder, on this machine or in a bucket.",
    ConnectorType.SERVERLESS: "AWS Lambda, or functions that are called over HTTP.",
    ConnectorType.MCP: "For the record only: the console calls tools under MCP servers.",
    ConnectorType.STREAM: "For the record only: the console does not speak to streams.",
    ConnectorType.CUSTOM: "For the record only.",
}
STATUSES: Final[Mapping[ConnectorStatus, Look]] = {
    ConnectorStatus.REGISTERED: Look(_("Not tested yet"), "idle", "circle-dashed"),
    ConnectorStatus.CONFIGURING: Look(_("Changed, not tested"), "warn", "circle-dashed"),
    ConnectorStatus.READY: Look(_("Let in, not tested"), "warn", "circle-dashed"),
    ConnectorStatus.CONNECTED: Look(_("Connected"), "ok", "plug-connected"),
    ConnectorStatus.DISCONNECTED: Look(_("Disconnected"), "idle", "player-pause"),
    ConnectorStatus.ERROR: Look(_("Last test failed"), "bad", "alert-triangle"),
    ConnectorStatus.DEPRECATED: Look(_("Retired"), "idle", "ban"),
}
OUTCOMES: Final[Mapping[Outcome, Look]] = {
    Outcome.OK: Look(_("Done"), "ok", "check"),
    Outcome.FAILED: Look(_("Failed"), "bad", "x"),
    Outcome.REFUSED: Look(_("Refused"), "warn", "ban"),
    Outcome.DRY_RUN: Look(_("Dry run"), "idle", "eye"),
}
FAULTS: Final[Mapping[str, str]] = {
    "auth_missing": _("No secret"),
    "auth_unusable": _("No usable secret"),
    "forbidden": _("Not allowed to go there"),
    "function_error": _("The function failed"),
    "http_status": _("Not a good answer"),
    "invalid_payload": _("Values that do not fit"),
    "method_not_allowed": _("Method not allowed"),
    "not_offered": _("Not offered here"),
    "redirect_refused": _("Sent on elsewhere"),
    "response_too_large": _("Answer too large"),
    "timeout": _("No answer in time"),
    "unknown_action": _("No such action"),
    "unknown_function": _("No such function"),
    "read_only": _("It only reads"),
}


@dataclass(frozen=True)
class ConnectorRow:
    """One connector in a list."""

    row: Connector
    kind: str
    status: Look


@dataclass(frozen=True)
class CallLine:
    """One call of the history."""

    call: ConnectorCall
    look: Look
    fault: str
    sent: str


@dataclass(frozen=True)
class ConnectorPage:
    """One connector with what a page tells of it."""

    row: Connector
    kind: str
    status: Look
    stages: Sequence[StageLine]
    settings: Sequence[tuple[str, str]]
    capabilities: Sequence[str]
    reference: str
    credential_id: str
    actions: Sequence[Described]
    has_own_actions: bool
    calls: Page[ConnectorCall]
    lines: Sequence[CallLine]
    changes: Sequence[AuditEntry]
    may_manage: Verdict
    may_test: Verdict
    may_try: Verdict
    may_call: Verdict
    may_disconnect: Verdict
    may_retire: Verdict
    may_restore: Verdict


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters an address names, without those nobody knows."""
    known = {"status": ConnectorStatus, "connector_type": ConnectorType}
    return {name: query[name] for name, values in known.items() if query.get(name) in set(values)}


def filters(chosen: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Name, label, and the choices as value, words, whether it is chosen."""
    offered: Sequence[tuple[str, str, Mapping[Any, str]]] = (
        ("connector_type", "Type", TYPES),
        ("status", "State", {one: look.text for one, look in STATUSES.items()}),
    )
    return [
        (name, label, [(one, words, chosen.get(name) == one) for one, words in choices.items()])
        for name, label, choices in offered
    ]


def connector_list(
    actor: Actor, *, chosen: Mapping[str, str], place: Place
) -> tuple[Page[Connector], list[ConnectorRow]]:
    """A page of them, the newest first: one query."""
    rows = Connector.objects.for_tenant(actor.tenant).filter(**chosen)
    page = keyset.page(rows, order=NEWEST, place=place)
    return page, [
        ConnectorRow(
            one, TYPES[ConnectorType(one.connector_type)], STATUSES[ConnectorStatus(one.status)]
        )
        for one in page.rows
    ]


def connector_page(row: Connector, *, actor: Actor, place: Place) -> ConnectorPage:
    """A connector in full: three queries besides its own."""
    kind = ConnectorType(row.connector_type)
    calls = keyset.page(row.calls.all(), order=CALLS, place=place, size=CALLS_SHOWN)
    is_read_only = bool(row.config.get("is_read_only", False))
    return ConnectorPage(
        row=row,
        kind=TYPES[kind],
        status=STATUSES[ConnectorStatus(row.status)],
        stages=lines_of(row.last_stages),
        settings=[(one.label, words_of(one, row.config.get(one.name))) for one in SETTINGS[kind]],
        capabilities=[
            one.replace("_", " ") for one in capabilities_of(kind, is_read_only=is_read_only)
        ],
        reference=references.masked(row.credential_ref) if row.credential_ref else "",
        credential_id=row.credential_ref.rpartition("/")[2],
        actions=described(row),
        has_own_actions=kind in WITH_ACTIONS,
        calls=calls,
        lines=[call_line(one) for one in calls.rows],
        changes=changes_of(row),
        may_manage=verdict(check_connects, actor),
        may_test=verdict(check_can_test, row, actor),
        may_try=verdict(check_may, actor, Permission.EXECUTE_CONNECTORS),
        may_call=verdict(check_can_call, row, actor),
        may_disconnect=_may_become(row, actor, ConnectorStatus.DISCONNECTED),
        may_retire=_may_become(row, actor, ConnectorStatus.DEPRECATED),
        may_restore=_may_become(row, actor, ConnectorStatus.READY),
    )


def call_line(call: ConnectorCall) -> CallLine:
    """A call in words."""
    fault = FAULTS.get(call.error_code, call.error_code.replace("_", " ").capitalize())
    return CallLine(call, OUTCOMES[Outcome(call.outcome)], fault, as_text(call.sent))


def as_text(value: Any) -> str:
    """A document as people read it; empty for nothing."""
    if value is None or value == {}:
        return ""
    return (
        value
        if isinstance(value, str)
        else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    )


def words_of(one: Setting, value: Any) -> str:
    """A setting's value in words."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value)
        case str() if one.choices:
            return WORDS.get(value, value)
    return "" if value is None else str(value)


def table(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    """The list as a file."""
    chosen = chosen_from(query)
    columns: list[Column[Any]] = [
        field("id"),
        field("name"),
        field("connector_type"),
        field("status"),
        field("connection_count"),
        field("error_count"),
        field("last_connected_at"),
        field("last_error"),
        field("created_at"),
    ]
    rows = Connector.objects.for_tenant(actor.tenant).filter(**chosen)
    return exports.listed("connectors", rows, order=NEWEST, columns=columns, filters=chosen)


def _may_become(row: Connector, actor: Actor, to: ConnectorStatus) -> Verdict:
    return verdict(check_can_switch, row, actor, to=to)
