"""From wanted executions to workers: a bounded number at a time, none lost, none done twice.

An execution that was given out and not taken up, or whose worker is not heard of when its lease
ends, is due again and goes to another; the first one's ticket is then worth nothing.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import structlog
from django.db import connection, transaction
from django.utils import timezone

from loops.actions import tries
from loops.domain.executions import Verdict, wait_before
from loops.engine.executors import CARRIERS
from loops.models import RecoveryExecution

IN_FLIGHT: Final = 16  # given out and not ended, over all relays
IN_FLIGHT_EACH: Final = 4  # of one tenant, so that its slow endpoint holds up only itself
LOST_AFTER: Final = timedelta(seconds=30)  # given out, and nobody has begun
_LOOKED_AT: Final = 200  # due executions among which the tenants take turns
log = structlog.get_logger(__name__)
_draw = random.SystemRandom().random


@dataclass(frozen=True)
class Call:
    """A message: whoever reads it may try the execution while the ticket is valid."""

    execution_id: str
    ticket: str


def give_out(*, now: datetime) -> list[Call]:
    """Calls to send now. Several relays may call this at once: each execution goes to one."""
    if not RecoveryExecution.objects.filter(next_attempt_at__lte=now)[:1]:
        return []
    calls = [Call(execution_id, uuid4().hex) for execution_id in _next(now)]
    with transaction.atomic():
        return [call for call in calls if _mark(call, now=now)]


# In flight are those with a ticket that are not due again. Tenants take turns: the first of each,
# then the second of each, as far as each has room.
_NEXT: Final = """
WITH flying AS (
    SELECT tenant_id, count(*) AS times FROM recovery_executions
    WHERE ticket <> '' AND next_attempt_at > %(now)s GROUP BY tenant_id
), due AS (
    SELECT id, tenant_id, next_attempt_at FROM recovery_executions
    WHERE next_attempt_at <= %(now)s ORDER BY next_attempt_at, id LIMIT %(looked_at)s
), turns AS (
    SELECT d.id, coalesce(f.times, 0)
           + row_number() OVER (PARTITION BY d.tenant_id ORDER BY d.next_attempt_at, d.id) AS turn
    FROM due d LEFT JOIN flying f USING (tenant_id)
)
SELECT id FROM turns WHERE turn <= %(each)s ORDER BY turn, id
LIMIT greatest(0, %(all)s - (SELECT coalesce(sum(times), 0) FROM flying))
"""


def _next(now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEXT,
            {"now": now, "looked_at": _LOOKED_AT, "each": IN_FLIGHT_EACH, "all": IN_FLIGHT},
        )
        return [row[0] for row in cursor.fetchall()]


def _mark(call: Call, *, now: datetime) -> bool:
    """Give an execution its new ticket; False if another relay was faster."""
    due = RecoveryExecution.objects.filter(pk=call.execution_id, next_attempt_at__lte=now)
    return bool(due.update(ticket=call.ticket, lease_until=None, next_attempt_at=now + LOST_AFTER))


def execute(call: Call) -> bool:
    """Try an execution once and store how it went; False for a call that is outdated or void."""
    attempt = tries.begin(execution_id=call.execution_id, ticket=call.ticket, now=timezone.now())
    if attempt is None:
        return False
    came_to = CARRIERS[attempt.executor](attempt, timezone.now())
    wait = wait_before(tries=attempt.number, draw=_draw(), asked=came_to.wait)
    stored = tries.end(attempt, came_to=came_to, wait=wait, now=timezone.now())
    if not stored:
        log.warning("late result not heard", execution=call.execution_id, attempt=attempt.number)
    if came_to.verdict is not Verdict.SUCCEEDED:
        log.info("execution not done", execution=call.execution_id, error=came_to.error)
    return stored
