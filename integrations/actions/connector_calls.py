"""Counting calls against a connector's rate, and keeping what came of each."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from integrations.actions.connectors import MAX_ERROR, locked
from integrations.domain.connectors import (
    CALLS_A_MINUTE,
    FAILS_AFTER,
    MAX_ECHO,
    WINDOW_SECONDS,
    Outcome,
)
from integrations.models import Connector, ConnectorCall
from integrations.permissions import check_can_call
from m25console import audit
from m25console.access import Actor, system_actor
from m25console.refusals import TooMany
from m25console.vocabulary import Door

WINDOW: Final = timedelta(seconds=WINDOW_SECONDS)


@dataclass(frozen=True)
class Done:
    """What came of a call; `sent` holds no secret."""

    action: str
    outcome: Outcome
    sent: dict[str, Any] = field(default_factory=dict)
    status_code: int | None = None
    error_code: str = ""
    error: str = ""
    row_count: int | None = None
    response_bytes: int = 0
    token_count: int = 0
    is_truncated: bool = False
    duration_ms: int = 0


@transaction.atomic
def take_turn(*, connector_id: str, by: Actor, now: datetime) -> Connector:
    """The connector, with a call more counted in its last 60 seconds, whatever comes of it.

    Raises NotFound, NotPermitted, WrongState, or TooMany where there were enough.
    """
    row = locked(connector_id, by)
    check_can_call(row, by)
    recent = [one for one in row.recent_calls if one > now - WINDOW]
    most = int(row.config.get("rate_limit_requests", CALLS_A_MINUTE))
    if len(recent) >= most:
        raise TooMany(
            f"There were {most} calls through this connector in the last {WINDOW_SECONDS} seconds.",
            retry_after=WINDOW_SECONDS,
        )
    row.recent_calls = [*recent, now]
    row.save(update_fields=["recent_calls"])
    return row


@transaction.atomic
def keep(connector: Connector, done: Done, *, by: Actor, now: datetime) -> ConnectorCall:
    """Write the call into the history, with the connector as it is after it; what a person does by
    hand is in the audit too."""
    if done.outcome in (Outcome.OK, Outcome.FAILED):
        connector = _counted(connector, done, now=now)
    call = ConnectorCall.objects.create(
        tenant_id=connector.tenant_id, connector=connector, action=done.action[:128],
        caller=by.label[:254], outcome=done.outcome, sent=done.sent, status_code=done.status_code,
        error_code=done.error_code, error=done.error[:MAX_ECHO], row_count=done.row_count,
        response_bytes=done.response_bytes, token_count=done.token_count,
        is_truncated=done.is_truncated, duration_ms=done.duration_ms, at=now,
    )  # fmt: skip
    if by.door is Door.WEB:
        after = {"call": call.pk, "action": call.action, "outcome": str(call.outcome)}
        audit.record(by=by, action="connector.tried", about=connector, after=after, now=now)
    return call


def _counted(connector: Connector, done: Done, *, now: datetime) -> Connector:
    """The connector, with its failures in a row until now. A call that goes well ends a trouble,
    and waits for nobody where there is none."""
    rows = Connector.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")
    if done.outcome is Outcome.OK:
        rows = rows.filter(failures__gt=0)
    row = rows.filter(pk=connector.pk).first()
    if row is None:
        return connector
    if done.outcome is Outcome.FAILED:
        row.error_count, row.failures = row.error_count + 1, row.failures + 1
        row.last_error = done.error[:MAX_ERROR]
        if row.failures >= FAILS_AFTER and row.failing_since is None:
            row.failing_since = now
    else:
        if row.failing_since is not None:
            audit.record(
                by=system_actor(row.tenant), action="connector.recovered", about=row, now=now
            )
        row.failures, row.failing_since, row.last_error = 0, None, ""
    row.save(update_fields=["error_count", "failures", "failing_since", "last_error"])
    return row
