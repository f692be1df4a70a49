"""Carrying out what recoveries want, as errands of which tenants take turns."""

from typing import Final

import structlog
from django.utils import timezone

from loops.actions import tries
from loops.domain.executions import Verdict
from loops.engine.errands import try_once
from loops.engine.executors import CARRIERS
from loops.models import RecoveryExecution
from m25console.errands import Call, Errands

ERRANDS: Final = Errands(
    RecoveryExecution, task="loops.execute", argument="execution_id", due="next_attempt_at",
    turns_of="tenant_id",
)  # fmt: skip
log = structlog.get_logger(__name__)


def execute(call: Call) -> bool:
    """Try an execution once and store how it went; False for a call that is outdated or void."""
    attempt = tries.begin(execution_id=call.id, ticket=call.ticket, now=timezone.now())
    if attempt is None:
        return False
    came_to, stored = try_once(attempt, carry=CARRIERS[attempt.executor], end=tries.end)
    if not stored:
        log.warning("late result not heard", execution=call.id, attempt=attempt.number)
    if came_to.verdict is not Verdict.SUCCEEDED:
        log.info("execution not done", execution=call.id, error=came_to.error)
    return stored
