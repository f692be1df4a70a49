"""The page before a revert: exactly what would be undone, and what would stay."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from loops import permissions
from loops.actions.reverts import Undoing, what_it_would_undo
from loops.domain.narrative import MODE_WORDS, RECOVERY_WORDS, signed_percent
from loops.domain.states import CheckpointType, LoopOutcome, PolicyMode, RecoveryStatus
from loops.models import (
    HumanCheckpoint,
    LoopEvent,
    LoopTrace,
    PolicyRule,
    PreventionRecord,
    RoutingAdjustment,
)
from loops.presenters.looks import OUTCOMES
from loops.presenters.patterns import name_of
from loops.presenters.wordings import kind_of
from m25console import keyset
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look

COUNTED_AT_MOST: Final = 1000


@dataclass(frozen=True)
class Change:
    """One thing that would be undone: what it is, how it stands, and what it would be."""

    kind: str
    name: str
    now: str
    then: str


@dataclass(frozen=True)
class RevertPage:
    trace: LoopTrace
    outcome: Look
    changes: Sequence[Change]
    stays: Sequence[str]
    may: Verdict
    must_confirm: bool
    asked: HumanCheckpoint | None  # the open question whether to revert, if somebody asked


def revert_page(trace: LoopTrace, *, actor: Actor) -> RevertPage:
    """The preview; load the loop with its incident and pattern. Three queries at most."""
    learned = trace.events.filter(details__payload__has_key="policy_id").order_by("-position")[:1]
    undoing = what_it_would_undo(trace, along=[learned])
    asks = [one for one in undoing.checkpoints if _asks_for_revert(one)]
    return RevertPage(
        trace=trace,
        outcome=OUTCOMES[LoopOutcome(trace.outcome)],
        changes=_changes(undoing),
        stays=_stays(trace, undoing, learned),
        may=verdict(permissions.check_revert, actor, trace),
        must_confirm=trace.outcome != LoopOutcome.FAILED,
        asked=asks[0] if asks else None,
    )


def _asks_for_revert(checkpoint: HumanCheckpoint) -> bool:
    return checkpoint.checkpoint_type == CheckpointType.REVERT_LOOP


def _changes(undoing: Undoing) -> list[Change]:
    routing = [
        Change("Routing change", one.agent_id, f"{signed_percent(one.magnitude)} of weight",
               "taken back")
        for one in undoing.adjustments
    ]  # fmt: skip
    policies = [
        Change("Policy", one.name, MODE_WORDS[PolicyMode(one.mode)], "disabled")
        for one in undoing.policies
    ]
    recovery = undoing.recovery
    remedies = []
    if recovery is not None:
        here = RECOVERY_WORDS[RecoveryStatus(recovery.status)]
        remedies = [Change("Recovery", recovery.suggestion, here, "rolled back")]
    questions = [
        Change(f"Question ({kind_of(one).lower()})", one.description, "waits for an answer",
               "closed unanswered")
        for one in undoing.checkpoints
    ]  # fmt: skip
    return [*routing, *policies, *remedies, *questions]


def _stays(trace: LoopTrace, undoing: Undoing, learned: Iterable[LoopEvent]) -> list[str]:
    """What a revert leaves as it is, in sentences; `learned` is the last event with a policy."""
    pattern = trace.incident.matched_pattern
    stays = ["The incident, and every step of this loop's history."]
    if pattern is not None:
        times = "once" if pattern.occurrence_count == 1 else f"{pattern.occurrence_count} times"
        stays.append(f"Pattern “{name_of(pattern)}” and its count: it was seen {times}.")
    made = [one.pk for one in undoing.policies]
    if made:
        stays += _of_its_policy(trace, made)
    stays += _of_others(trace, made, learned)
    if undoing.recovery is not None and undoing.recovery.executed_at is not None:
        stays.append("What the recovery did outside the console when it was executed.")
    return stays


def _of_its_policy(trace: LoopTrace, made: Sequence[str]) -> Iterator[str]:
    """One query."""
    records = PreventionRecord.objects.filter(policy__in=made)
    changes = RoutingAdjustment.objects.active().filter(source_policy__in=made)
    prevented, elsewhere = keyset.each_counted(
        records, changes.exclude(loop_trace=trace), at_most=COUNTED_AT_MOST
    )
    if prevented != "0":
        noun = "recurrence" if prevented == "1" else "recurrences"
        yield f"What its policy prevented so far: {prevented} {noun}."
    if elsewhere != "0":
        noun = "routing change" if elsewhere == "1" else "routing changes"
        yield f"{elsewhere} {noun} that other loops made under its policy."


def _of_others(
    trace: LoopTrace, made: Sequence[str], learned: Iterable[LoopEvent]
) -> Iterator[str]:
    """One query, if the loop has a policy that it did not make."""
    for event in learned:
        named = event.details["payload"]["policy_id"]
        policy = None if named in made else PolicyRule.objects.filter(pk=named).first()
        if policy is not None and policy.source_incident_id != trace.incident_id:
            yield f'Policy "{policy.name}": another loop made it, this one only gave it evidence.'
