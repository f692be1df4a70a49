"""Taking incidents in: a committed row with its loop and first event, or an honest refusal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from loops.domain.incidents import Incident
from loops.domain.states import EventStatus, SourceType, Stage
from loops.models.ids import new_event_id, new_incident_id, new_loop_id
from m25console.models import Tenant


class Intake(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # the same report again: nothing was stored
    CONFLICT = "conflict"  # another report under a name already used: nothing was stored
    PREVENTED = "prevented"  # a policy stopped what is reported: it cannot have happened


@dataclass(frozen=True)
class Receipt:
    """What became of one report, with the ids of the incident that now stands for it; if it was
    prevented there is none, but a prevention and the evaluation that led to it."""

    status: Intake
    incident_id: str
    loop_id: str
    prevention_id: str = ""
    evaluation_id: str = ""


@dataclass(frozen=True)
class Report:
    """One incident as sent: `body_hash` tells a repeat from another report under the same name."""

    incident: Incident
    body_hash: str
    idempotency_key: str | None = None


@dataclass(frozen=True)
class _Row:
    """A report with the ids it gets if it is new."""

    report: Report
    incident_id: str
    loop_id: str
    event_id: str


# Column, PostgreSQL type, and where the value comes from. Arrays of them make one statement of
# any number of reports, so a thousand cost little more than one.
_INCIDENT_COLUMNS = (
    ("title", "text", "title"),
    ("severity", "text", "severity"),
    ("error_type", "text", "error_type"),
    ("error_code", "text", "error_code"),
    ("error_message", "text", "message"),
    ("affected_agent_id", "text", "agent_id"),
    ("agent_capability", "text", "agent_capability"),
    ("api_endpoint", "text", "api_endpoint"),
    ("status_code", "int", "status_code"),
    ("source_run_id", "text", "run_id"),
    ("external_id", "text", "external_id"),
    ("started_at", "timestamptz", "occurred_at"),
)
_NAMES = ", ".join(column for column, _, _ in _INCIDENT_COLUMNS)
_ARRAYS = ", ".join(f"%s::{kind}[]" for _, kind, _ in _INCIDENT_COLUMNS)
_STORE = f"""
WITH sent AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                         {_ARRAYS})
        WITH ORDINALITY
        AS s(id, loop_id, event_id, idempotency_key, body_hash, context_text, {_NAMES}, place)
), new AS (
    INSERT INTO incidents (id, tenant_id, source, source_type, idempotency_key, body_hash,
                           context, loop_trace_id, created_at, updated_at, {_NAMES})
    SELECT id, %s, %s, '{SourceType.API}', idempotency_key, body_hash, context_text::jsonb,
           loop_id, %s, %s, {_NAMES}
    FROM sent ORDER BY name_drawer(%s, external_id), external_id, place
    ON CONFLICT DO NOTHING RETURNING id
), loops AS (
    INSERT INTO loop_traces (id, tenant_id, incident_id, started_at, last_activity_at, next_run_at)
    SELECT loop_id, %s, id, %s, %s, %s FROM sent JOIN new USING (id)
), events AS (
    INSERT INTO loop_events (id, tenant_id, trace_id, incident_id, stage, position, status,
                             created_at)
    SELECT event_id, %s, loop_id, id, '{Stage.INCIDENT_CREATED}', 1, '{EventStatus.CLAIMED}', %s
    FROM sent JOIN new USING (id)
)
SELECT id FROM new
"""  # noqa: S608 - names and states are constants of this module


def report(
    *, tenant: Tenant, source: str, reports: Sequence[Report], now: datetime
) -> list[Receipt]:
    """Store incidents with their loops and first events; one receipt each, in their order.

    A report whose external id (within `source`) or idempotency key is known is a duplicate if
    its content is the same, else a conflict; one whose external id was prevented is told so.
    Nothing is stored for any of these. When this returns, every accepted incident is committed
    (unless the caller holds a transaction).
    """
    rows = [_Row(one, new_incident_id(), new_loop_id(), new_event_id()) for one in reports]
    # One statement, so it needs no transaction around it: all of it is committed, or nothing.
    stored = _store(rows, tenant=tenant, source=source, now=now)
    refused = [row.report for row in rows if row.incident_id not in stored]
    known = _known(refused, tenant=tenant, source=source)
    unknown = (one for one in refused if _standing(one, known) is None)
    prevented = _prevented(unknown, tenant=tenant)
    return [
        Receipt(Intake.ACCEPTED, row.incident_id, row.loop_id)
        if row.incident_id in stored
        else _refused(row.report, known, prevented)
        for row in rows
    ]


def _store(rows: Sequence[_Row], *, tenant: Tenant, source: str, now: datetime) -> set[str]:
    """Insert what is new and return its incident ids."""
    arrays: list[list[Any]] = [
        [row.incident_id for row in rows],
        [row.loop_id for row in rows],
        [row.event_id for row in rows],
        [row.report.idempotency_key for row in rows],
        [row.report.body_hash for row in rows],
        [json.dumps(dict(row.report.incident.context)) for row in rows],
        *([getattr(row.report.incident, name) for row in rows] for _, _, name in _INCIDENT_COLUMNS),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [
                *arrays,
                tenant.pk,
                source,
                now,
                now,
                tenant.pk,
                tenant.pk,
                now,
                now,
                now,
                tenant.pk,
                now,
            ],
        )
        return {row[0] for row in cursor.fetchall()}


# Known incidents by the names they were sent under: ("external", id) or ("key", key).
type _Known = dict[tuple[str, str], tuple[str, str, str]]

_FIND = """
SELECT id, loop_trace_id, body_hash, external_id, idempotency_key FROM incidents
WHERE tenant_id = %s
  AND (source = %s AND external_id = ANY(%s) OR idempotency_key = ANY(%s))
"""
_FIND_PREVENTED = """
SELECT id, evaluation_id, external_id FROM prevention_records
WHERE tenant_id = %s AND external_id = ANY(%s)
"""


def _known(reports: Sequence[Report], *, tenant: Tenant, source: str) -> _Known:
    if not reports:
        return {}
    external = [one.incident.external_id for one in reports if one.incident.external_id]
    keys = [one.idempotency_key for one in reports if one.idempotency_key]
    known: _Known = {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [tenant.pk, source, external, keys])
        for incident_id, loop_id, body_hash, external_id, key in cursor.fetchall():
            found = (incident_id, loop_id, body_hash)
            if external_id is not None:
                known.setdefault(("external", external_id), found)
            if key is not None:
                known["key", key] = found
    return known


def _standing(report: Report, known: _Known) -> tuple[str, str, str] | None:
    by_key = known.get(("key", report.idempotency_key or ""))
    return by_key or known.get(("external", report.incident.external_id or ""))


def _prevented(reports: Iterable[Report], *, tenant: Tenant) -> dict[str, tuple[str, str]]:
    """By external id, the prevention of what is reported and the evaluation that led to it."""
    names = [one.incident.external_id for one in reports if one.incident.external_id]
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND_PREVENTED, [tenant.pk, names])
        return {name: (found, evaluation) for found, evaluation, name in cursor.fetchall()}


def _refused(report: Report, known: _Known, prevented: Mapping[str, tuple[str, str]]) -> Receipt:
    standing = _standing(report, known)
    if standing is not None:
        incident_id, loop_id, body_hash = standing
        same = body_hash == report.body_hash
        return Receipt(Intake.DUPLICATE if same else Intake.CONFLICT, incident_id, loop_id)
    found = prevented.get(report.incident.external_id or "")
    if found is None:
        raise AssertionError(f"{report} was neither stored nor known")
    return Receipt(Intake.PREVENTED, "", "", *found)
