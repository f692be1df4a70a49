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
type Faults = Mapping[str, LoopFault]

BRIDGES: Final[Mapping[Stage, Bridge]] = {
    Stage.INCIDENT_CREATED: incident_to_pattern.run,
    Stage.PATTERN_MATCHED: pattern_to_recovery.run,
    Stage.RECOVERY_SUGGESTED: recovery_to_policy.run,
    Stage.POLICY_GENERATED: policy_to_routing.run,
    Stage.ROUTING_ADJUSTED: routing_to_console.run,
}
COMPANY_SHRINKS: Final = 16  # by this factor per worker that died
CRASHED: Final = "Five workers died while they worked on this loop, the last three on it alone."
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
    waiting: list[tuple[list[str], Faults]] = [(list(ids), {})]
    while waiting:
        batch, faults = waiting.pop()
        try:
            moved += _attempt(batch, faults=faults, bridges=bridges, clock=clock)
        except (OperationalError, InterfaceError):
            raise
        except LoopFault as fault:
            if fault.trace_id in faults:
                raise
            log.error("loop failed", loop=fault.trace_id, detail=fault.detail)
            waiting.append((batch, {**faults, fault.trace_id: fault}))
        except Exception as error:
            waiting += _narrowed(batch, faults, error)
    return moved


def _narrowed(batch: list[str], faults: Faults, error: Exception) -> list[tuple[list[str], Faults]]:
    """Smaller batches to look for the loop whose rows could not be saved; alone, it has failed."""
    if len(batch) > 1:
        middle = len(batch) // 2
        return [(batch[:middle], faults), (batch[middle:], faults)]
    if batch[0] in faults:
        raise error
    log.error("loop failed", loop=batch[0], detail=in_words(error))
    return [(batch, {batch[0]: LoopFault(batch[0], FailureState.ERROR, in_words(error))})]


def any_due() -> bool:
    """Whether a loop is due, be it claimed by somebody or not."""
    # Not exists(): without the order PostgreSQL may read the whole table for the answer.
    return bool(LoopTrace.objects.due(timezone.now()).values_list("pk")[:1])


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


def _attempt(
    ids: Sequence[str], *, faults: Faults, bridges: Mapping[Stage, Bridge], clock: Clock
) -> Advanced:
    """One batch in one transaction; loops with known faults stop where those are.

    Raises LoopFault for a loop that cannot be advanced, after which the batch is void.
    """
    with transaction.atomic():
        traces = list(
            LoopTrace.objects.filter(pk__in=ids).due(clock()).select_for_update(skip_locked=True)
        )
        if not traces:
            return Advanced()
        work = workset.load(traces, now=clock())
        resumed = [loop.event for loop in work.loops]
        for loop in work.loops:
            fault = faults.get(loop.trace.pk) or _quarantined(loop.trace)
            _run(loop, work, fault=fault, bridges=bridges, clock=clock)
        saving.save(work, resumed=resumed, now=clock())
    return _counted(traces)


def _quarantined(trace: LoopTrace) -> LoopFault | None:
    """The fault of a loop over which too many workers died."""
    if trace.crashes < MAX_CRASHES:
        return None
    return LoopFault(trace.pk, FailureState.ERROR, CRASHED)


def _run(
    loop: Loop,
    work: Workset,
    *,
    fault: LoopFault | None,
    bridges: Mapping[Stage, Bridge],
    clock: Clock,
) -> None:
    """Advance one loop as far as it goes. Raises LoopFault, after which the batch is void."""
    loop.trace.next_run_at = None
    loop.trace.crashes = 0
    enabled = loop_settings().enabled_stages
    while loop.stage in enabled:
        if fault is not None and fault.stage in (None, loop.stage):
            reason = {"reason": fault.detail}
            outcome = Outcome(result=reason, failure_state=fault.failure_state)
            progress.finish(loop, outcome, now=clock())
            return
        try:
            goes_on = _step(loop, work, bridges[loop.stage], clock)
        except TimeoutError as error:
            raise _fault(loop, FailureState.TIMEOUT, error) from error
        except Exception as error:
            raise _fault(loop, FailureState.ERROR, error) from error
        if not goes_on:
            return


def _fault(loop: Loop, state: FailureState, error: Exception) -> LoopFault:
    return LoopFault(loop.trace.pk, state, in_words(error), stage=loop.stage)


def _step(loop: Loop, work: Workset, bridge: Bridge, clock: Clock) -> bool:
    """Run one stage and open the next; whether the loop goes on."""
    began = clock()
    need, subject = _gate(loop)
    if need is not None and not _waits(loop, work, need, subject, began):
        need = None
    if need is None:
        outcome = bridge(loop, work, began)
        need, subject = outcome.need, outcome.result
    ended = clock()
    if ended - began > STAGE_TIMEOUT:
        raise TimeoutError(f"{loop.stage} took {ended - began}, more than {STAGE_TIMEOUT}.")
    if need is not None:
        progress.ask(loop, need, work, subject=subject, now=ended)
        return False
    progress.finish(loop, outcome, now=ended)
    if outcome.failure_state is not None:
        return False
    return _go_on(loop, work, now=ended)


def _waits(loop: Loop, work: Workset, need: Need, subject: dict[str, Any], now: datetime) -> bool:
    """Whether the loop waits for the answer, as its tenant's rules say.

    A tenant that does not ask about recoveries has them suggested and nothing more: they stay
    pending, and nothing is learned from them.
    """
    rules = work.rules(loop.trace.tenant_id)
    if not rules.asks(need.checkpoint_type):
        return False
    if rules.settles(need):
        progress.note_advice(loop, need, work, subject=subject, now=now)
        return False
    return True


def _go_on(loop: Loop, work: Workset, *, now: datetime) -> bool:
    """Open the next stage, or complete the loop; whether there is a next stage."""
    following = next_stage(loop.stage)
    if following is None or following is Stage.LOOP_COMPLETE:
        progress.complete(loop, now=now)
        return False
    progress.begin(loop, following, work, now=now)
    return True


def _gate(loop: Loop) -> tuple[Need | None, dict[str, Any]]:
    """The decision a person must take before this stage may act, and what it is about."""
    decided = [(loop.stage, kind) for kind in loop.decisions if loop.answer_to(kind) in GOES_ON]
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
