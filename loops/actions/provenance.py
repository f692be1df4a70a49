"""The history of a recovery, beyond what its own row tells.

That it was created, what the rules said and which action they selected stands in the row itself
and is read from there; rows are written for what happened since.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from loops.domain.states import ProvenanceActor, ProvenanceEvent
from loops.models import RecoveryCandidate, RecoveryExecution, RecoveryProvenance
from m25console.access import Actor


def note(
    execution: RecoveryExecution,
    event: ProvenanceEvent,
    *,
    details: Mapping[str, Any],
    now: datetime,
    by: Actor | None = None,
) -> None:
    """What happened to an execution of a recovery; by the console itself unless somebody did it."""
    _write(
        RecoveryProvenance(recovery_id=execution.recovery_id, action_id=execution.action_id),
        event, details=details, tenant_id=execution.tenant_id, by=by, now=now,
    )  # fmt: skip


def note_decision(
    recovery: RecoveryCandidate, event: ProvenanceEvent, *, note: str, by: Actor, now: datetime
) -> None:
    """That a person approved or rejected a recovery."""
    row = RecoveryProvenance(
        recovery=recovery,
        action_id=recovery.selected_action_id,
        confidence_before=recovery.confidence,
        confidence_after=recovery.confidence,
    )
    details = {"note": note} if note else {}
    _write(row, event, details=details, tenant_id=recovery.tenant_id, by=by, now=now)


def _write(
    row: RecoveryProvenance,
    event: ProvenanceEvent,
    *,
    details: Mapping[str, Any],
    tenant_id: str,
    by: Actor | None,
    now: datetime,
) -> None:
    row.tenant_id, row.event_type, row.details, row.created_at = (
        tenant_id,
        event,
        dict(details),
        now,
    )
    if by is not None:
        row.actor = by.label
        row.actor_type = ProvenanceActor.HUMAN if by.user else ProvenanceActor.AGENT
    row.save(force_insert=True)
