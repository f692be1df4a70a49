"""Advancing loops, a batch at a time: claim, load, decide, save, commit.

A loop is advanced from stage to stage until it is complete, failed, blocked on a person, or at a
stage that is switched off. All of a batch commits together; a loop that raises is set aside and
the others are run again without it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from loops.actions import contracts
from loops.domain.checkpoints import GOES_ON, Matched, Need, Suggested, needed
from loops.domain.states import FAILED_STATES, FailureState, Stage, next_stage
from loops.engine import progress, saving, workset
from loops.engine.bridges import (
    incident_to_pattern,
    pattern_to_recovery,
    policy_to_routing,
    recovery_to_policy,
    routing_to_console,
)
from loops.engine.bridges.pattern_to_recovery import suggestion_of
from loops.engine.faults import LoopFault
from loops.engine.loop import Loop, Outcome
from loops.engine.settings import BATCH_SIZE, MAX_CRASHES, STAGE_TIMEOUT, loop_settings
from loops.engine.workset import Workset
from loops.models import LoopTrace

type Bridge = Callable[[Loop, Workset, datetime], Outcome]
type Clock = Callable[[], datetime]

BRIDGES: Final[Mapping[Stage, Bridge]] = {
    Stage.INCIDENT_CREATED: incident_to_pattern.run,
    Stage.PATTERN_MATCHED: pattern_to_recovery.run,
    Stage.RECOVERY_SUGGESTED: recovery_to_policy.run,
    Stage.POLICY_GENERATED: policy_to_routing.run,
    Stage.ROUTING_ADJUSTED: routing_to_console.run,
}
COMPANY_SHRINKS: Final = 16  # by this factor per worker that died
CRASHED: Final = "Three workers died while they worked on this loop."
MAX_DETAIL: Final = 2000  # characters of an error's message
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Advanced:
    """How many loops a batch moved, and how they stand now."""

    loops: int = 0
    complete: int = 0
    blocked: int = 0
    failed: int = 0

    def __add__(self, other: "Advanced") -> "Advanced":
        return Advanced(
            self.loops + other.loops,
            self.complete + other.complete,
            self.blocked + other.blocked,
            self.failed + other.failed,
        )


def advance_due(
    *,
    limit: int = BATCH_SIZE,
    holding: Callable[[Sequence[str]], None] | None = None,
    bridges: Mapping[Stage, Bridge] = BRIDGES,
    clock: Clock = timezone.now,
) -> Advanced:
    """Advance the loops that are due and that nobody else is advancing, the oldest first.

    `holding` is told which loops are about to be worked on, outside any transaction. Returns
    zeroes when nothing is due.
    """
    ids = _due(limit=limit, now=clock())
    if not ids:
        return Advanced()
    if holding is not None:
        holding(ids)
    return advance(ids, bridges=bridges, clock=clock)


def advance(
    ids: Sequence[str], *, bridges: Mapping[Stage, Bridge] = BRIDGES, clock: Clock = timezone.now
) -> Advanced:
    """Advance these loops where they are due; loops locked by others are left to them.

    Every loop is either committed or marked failed when this returns. Raises OperationalError
    when the database is out of reach; the loops are then as due as before.
    """
    moved = Advanced()
    waiting = [list(ids)]
    while waiting:
        batch = waiting.pop()
        try:
            moved += _attempt(batch, bridges=bridges, clock=clock)
        except LoopFault as fault:
            moved += _set_aside(fault, now=clock())
            waiting.append([one for one in batch if one != fault.trace_id])
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(batch) == 1:
                moved += _set_aside(
                    LoopFault(batch[0], FailureState.ERROR, in_words(error)), now=clock()
                )
            else:
                middle = len(batch) // 2
                waiting += [batch[:middle], batch[middle:]]
    return moved


def any_due() -> bool:
    """Whether a loop is due, be it claimed by somebody or not."""
    return LoopTrace.objects.due(timezone.now()).exists()


def _due(*, limit: int, now: datetime) -> list[str]:
    """Ids of loops that are due and free, the oldest first.

    The locks are let go at once: they only keep this from naming loops that others are working
    on. Loops that workers died over come in ever smaller company, until the culprit is alone.
    """
    with transaction.atomic():
        free = list(LoopTrace.objects.due(now).claimed().values_list("pk", "crashes")[:limit])
    if not free:
        return []
    crashes = free[0][1]
    company = max(1, limit // COMPANY_SHRINKS**crashes)
    return [pk for pk, count in free if count == crashes][:company]


def _attempt(ids: Sequence[str], *, bridges: Mapping[Stage, Bridge], clock: Clock) -> Advanced:
    """One batch in one transaction. Raises LoopFault for the loop that cannot be advanced."""
    with transaction.atomic():
        traces = list(
            LoopTrace.objects.filter(pk__in=ids).due(clock()).select_for_update(skip_locked=True)
        )
        if not traces:
            return Advanced()
        for trace in traces:
            if trace.crashes >= MAX_CRASHES:
                raise LoopFault(trace.pk, FailureState.ERROR, CRASHED)
        work = workset.load(traces, now=clock())
        resumed = [loop.event for loop in work.loops]
        for loop in work.loops:
            _run(loop, work, bridges=bridges, clock=clock)
        saving.save(work, resumed=resumed, now=clock())
    return _counted(traces)


def _run(loop: Loop, work: Workset, *, bridges: Mapping[Stage, Bridge], clock: Clock) -> None:
    """Advance one loop as far as it goes. Raises LoopFault, after which the batch is void."""
    trace = loop.trace
    trace.next_run_at = None
    trace.crashes = 0
    enabled = loop_settings().enabled_stages
    try:
        while loop.stage in enabled and _step(loop, work, bridges[loop.stage], clock):
            following = next_stage(loop.stage)
            assert following is not None
            if following is Stage.LOOP_COMPLETE:
                progress.complete(loop, now=clock())
                return
            progress.begin(loop, following, work, now=clock())
    except LoopFault:
        raise
    except Exception as error:
        raise LoopFault(trace.pk, FailureState.ERROR, in_words(error)) from error


def _step(loop: Loop, work: Workset, bridge: Bridge, clock: Clock) -> bool:
    """Run one stage; whether the loop goes on after it."""
    began = clock()
    need, subject = _gate(loop)
    if need is None:
        outcome = bridge(loop, work, began)
        ended = clock()
        if ended - began > STAGE_TIMEOUT:
            raise LoopFault(loop.trace.pk, FailureState.TIMEOUT, f"{loop.stage} took too long.")
        need, subject = outcome.need, outcome.result
    if need is not None:
        progress.ask(loop, need, work, subject=subject, now=clock())
        return False
    progress.finish(loop, outcome, now=ended)
    return outcome.failure_state is None


def _gate(loop: Loop) -> tuple[Need | None, dict[str, Any]]:
    """The decision a person must take before this stage may act, and what it is about."""
    decided = [(loop.stage, kind) for kind, answer in loop.decisions.items() if answer in GOES_ON]
    recovery = loop.recovery
    if loop.stage is Stage.PATTERN_MATCHED:
        pattern_id = loop.payload["pattern_id"]
        matched = Matched(pattern_id, loop.payload["match_confidence"])
        subject = contracts.match_subject(pattern_id=pattern_id, incident_id=loop.incident.pk)
        return needed(stage=loop.stage, subject=matched, decided=decided), subject
    if loop.stage is Stage.RECOVERY_SUGGESTED and recovery is not None:
        suggested = Suggested(recovery.pk, suggestion_of(recovery), recovery.occurrence_count)
        subject = contracts.recovery_subject(recovery)
        return needed(stage=loop.stage, subject=suggested, decided=decided), subject
    return None, {}


def _set_aside(fault: LoopFault, *, now: datetime) -> Advanced:
    """Mark the one loop that cannot be advanced as failed, in a transaction of its own."""
    log.error("loop failed", loop=fault.trace_id, state=fault.failure_state, detail=fault.detail)
    with transaction.atomic():
        trace = LoopTrace.objects.due(now).filter(pk=fault.trace_id).locked().first()
        if trace is None:
            return Advanced()
        loop = workset.bare_loop(trace)
        outcome = Outcome(result={"reason": fault.detail}, failure_state=fault.failure_state)
        trace.next_run_at = None
        progress.finish(loop, outcome, now=now)
        saving.save_one(loop, now=now)
    return _counted([trace])


def _counted(traces: Sequence[LoopTrace]) -> Advanced:
    return Advanced(
        loops=len(traces),
        complete=sum(trace.is_complete for trace in traces),
        blocked=sum(trace.is_blocked for trace in traces),
        failed=sum(trace.failure_state in FAILED_STATES for trace in traces),
    )


def in_words(error: Exception) -> str:
    """What a person reads of an unexpected error: its kind and message, of bounded length."""
    return f"{type(error).__name__}: {error}"[:MAX_DETAIL]
