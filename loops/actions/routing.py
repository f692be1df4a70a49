"""Taking changes of routing weight back: by a person, or because the agent did worse."""

from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.domain.states import FailureState
from loops.feed import tell_pages
from loops.models import LoopTrace, RoutingAdjustment
from m25console import audit
from m25console.access import Actor
from m25console.refusals import NotFound


@transaction.atomic
def roll_back(*, adjustment_id: str, reason: str, by: Actor, now: datetime) -> RoutingAdjustment:
    """Take a change back for a reason that a person gives; its loop stays as it is.

    Raises NotFound, NotPermitted, InvalidInput (no reason given) or WrongState (it is in effect
    no longer), having changed nothing.
    """
    adjustment, trace = _locked(adjustment_id, by=by)
    permissions.check_roll_back(by, adjustment)
    permissions.check_rollback_reason(reason)
    _take_back(adjustment, trace, reason=reason.strip(), by=by, now=now)
    return adjustment


@transaction.atomic
def regress(*, adjustment_id: str, reason: str, by: Actor, now: datetime) -> bool:
    """Take a change back after which its agent did worse; its loop, if complete, has failed.

    False if somebody was faster: then nothing was changed. `by` is the console itself. Raises
    NotFound.
    """
    adjustment, trace = _locked(adjustment_id, by=by)
    if not adjustment.is_active:
        return False
    _take_back(adjustment, trace, reason=reason, by=by, now=now)
    if trace is not None and trace.is_complete:
        _fail(trace, detail=f"Agent {adjustment.agent_id}: {reason}", by=by, now=now)
    return True


def _locked(adjustment_id: str, *, by: Actor) -> tuple[RoutingAdjustment, LoopTrace | None]:
    """The change with its loop, both locked: the loop first, as everywhere."""
    mine = RoutingAdjustment.objects.for_tenant(by.tenant).filter(pk=adjustment_id)
    known = mine.only("tenant_id", "loop_trace_id").first()
    if known is None:
        raise NotFound("There is no such routing change.")
    trace = LoopTrace.objects.locked().filter(pk=known.loop_trace_id).first()
    return mine.locked().get(), trace


def _fail(trace: LoopTrace, *, detail: str, by: Actor, now: datetime) -> None:
    """A loop whose change did harm is not complete, though all its stages are done."""
    trace.is_complete, trace.completed_at = False, None
    trace.failure_state = FailureState.ROUTING_KPI_REGRESSION
    trace.failure_detail = detail
    trace.save(update_fields=["is_complete", "completed_at", "failure_state", "failure_detail"])
    audit.record(
        by=by,
        action="loop.failed",
        about=trace,
        before={"failure_state": None},
        after={"failure_state": trace.failure_state},
        note=detail,
        now=now,
    )


def _take_back(
    adjustment: RoutingAdjustment,
    trace: LoopTrace | None,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    mine = RoutingAdjustment.objects.filter(pk=adjustment.pk)
    mine.take_back(reason=reason, by=by.label, now=now)
    adjustment.refresh_from_db()
    audit.record(
        by=by,
        action="adjustment.rolled_back",
        about=adjustment,
        before={"is_active": True},
        after={"is_active": False},
        note=reason,
        now=now,
    )
    if trace is not None:
        trace.last_activity_at = now
        trace.version += 1
        trace.save(update_fields=["last_activity_at", "version"])
        tell_pages(trace, kind="loop", now=now)
