"""The page before a revert: exactly what would be undone, and what would stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loops import permissions
from loops.actions.reverts import Undoing, what_it_would_undo
from loops.domain.narrative import MODE_WORDS, RECOVERY_WORDS, signed_percent
from loops.domain.states import CheckpointType, LoopOutcome, PolicyMode, RecoveryStatus
from loops.models import (
    HumanCheckpoint,
    LoopTrace,
    PolicyRule,
    PreventionRecord,
    RoutingAdjustment,
)
from loops.presenters.looks import OUTCOMES, Look
from loops.presenters.patterns import name_of
from loops.presenters.wordings import kind_of
from m25console.access import Actor, Verdict, verdict

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
    """The preview; load the loop with its incident and pattern. Seven queries."""
    undoing = what_it_would_undo(trace)
    asks = [one for one in undoing.checkpoints if _asks_for_revert(one)]
    return RevertPage(
        trace=trace,
        outcome=OUTCOMES[LoopOutcome(trace.outcome)],
        changes=_changes(undoing),
        stays=_stays(trace, undoing),
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


def _stays(trace: LoopTrace, undoing: Undoing) -> list[str]:
    """What a revert leaves as it is, in sentences."""
    pattern = trace.incident.matched_pattern
    stays = ["The incident, and every step of this loop's history."]
    if pattern is not None:
        times = "once" if pattern.occurrence_count == 1 else f"{pattern.occurrence_count} times"
        stays.append(f"Pattern “{name_of(pattern)}” and its count: it was seen {times}.")
    made = [one.pk for one in undoing.policies]
    records = PreventionRecord.objects.filter(policy__in=made)
    prevented = records[: COUNTED_AT_MOST + 1].count()
    if prevented:
        noun = "recurrence" if prevented == 1 else "recurrences"
        stays.append(f"What its policy prevented so far: {_bounded(prevented)} {noun}.")
    stays += _of_others(trace, made)
    if undoing.recovery is not None and undoing.recovery.executed_at is not None:
        stays.append("What the recovery did outside the console when it was executed.")
    return stays


def _of_others(trace: LoopTrace, made: Sequence[str]) -> list[str]:
    told = []
    others = RoutingAdjustment.objects.active().filter(source_policy__in=made)
    elsewhere = others.exclude(loop_trace=trace)[: COUNTED_AT_MOST + 1].count()
    if elsewhere:
        changes = "routing change" if elsewhere == 1 else "routing changes"
        told.append(f"{_bounded(elsewhere)} {changes} that other loops made under its policy.")
    event = trace.events.filter(details__payload__has_key="policy_id").order_by("position").last()
    if event is not None and event.details["payload"]["policy_id"] not in made:
        policy = PolicyRule.objects.filter(pk=event.details["payload"]["policy_id"]).first()
        if policy is not None and policy.source_incident_id != trace.incident_id:
            told.append(
                f'Policy "{policy.name}": another loop made it, this one only gave it evidence.'
            )
    return told


def _bounded(count: int) -> str:
    return f"{COUNTED_AT_MOST:,}+" if count > COUNTED_AT_MOST else f"{count:,}"
