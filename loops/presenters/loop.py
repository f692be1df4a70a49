"""The page of one loop: its story, where it stands, and what may be done about it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from loops import permissions
from loops.domain.failures import EXPLANATIONS
from loops.domain.legible import Leaf, leaves
from loops.domain.narrative import (
    DECISION_WORDS,
    POLICY_WORDS,
    SUBJECT_WORDS,
    reason_words,
)
from loops.domain.progress import LABELS
from loops.domain.states import (
    ENDED_STATES,
    CheckpointType,
    EventStatus,
    FailureState,
    LoopOutcome,
    PolicyAction,
    PolicyMode,
    RecoveryStatus,
    Resolution,
    Severity,
    Stage,
)
from loops.models import (
    AuditRun,
    CheckpointDecision,
    HumanCheckpoint,
    LoopEvent,
    LoopTrace,
    PolicyRule,
)
from loops.opinions import answers_seen_by
from loops.presenters.adjustments import AdjustmentCard, card_of
from loops.presenters.looks import (
    EVENTS,
    MODES,
    OUTCOMES,
    SEVERITIES,
    STOPPED,
    look_of_recovery,
    marks_of,
)
from loops.presenters.moments import moment_of
from loops.presenters.narratives import LoadedStory, load_story
from loops.presenters.patterns import names_around
from loops.presenters.policy_history import Move, moves_of
from loops.presenters.runs import RunPanel, rows_of, run_panel
from loops.presenters.sequels import told_of_time
from loops.presenters.strips import StripStage, band_of, strip
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look

UNPROVED: Final = Look("Done, not finalized", "warn", "hourglass")
DOOR_WORDS: Final[Mapping[str, str]] = {
    "web": "on the page",
    "api": "through the API",
    "admin": "in the administration",
    "system": "by the console",
}


@dataclass(frozen=True)
class Entry:
    """One try of one stage, in full."""

    event: LoopEvent
    stage: str
    look: Look
    fact: str
    band: Look | None
    advice: str  # what to do about a failure
    took: timedelta | None
    result: Sequence[Leaf]
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class DecisionLine:
    """What one person answered."""

    who: str
    words: str
    at: datetime
    door: str
    note: str
    is_final: bool
    checkpoint_id: str


@dataclass(frozen=True)
class PolicyCard:
    """The policy a loop led to or strengthened."""

    rule: PolicyRule
    mode: Look
    does: str
    conditions: Sequence[Leaf]
    moves: Sequence[Move]  # its life since, the latest change first


@dataclass(frozen=True)
class Alert:
    """Why the loop stopped, and what to do."""

    tone: str
    what_happened: str
    detail: str
    what_to_do: str


@dataclass(frozen=True)
class Retry:
    """The button for a failed stage."""

    stage: Stage
    label: str
    verdict: Verdict


@dataclass(frozen=True)
class LoopPage:
    """Everything the page of a loop shows."""

    story: LoadedStory
    severity: Look
    outcome: Look
    headline: str
    strip: Sequence[StripStage]
    told: Sequence[tuple[str, str]]
    entries: Sequence[Entry]
    decisions: Sequence[DecisionLine]
    pending: Sequence[HumanCheckpoint]
    recovery: Sequence[Look]  # what was decided, done, and whether it helped
    policy: PolicyCard | None
    adjustments: Sequence[AdjustmentCard]
    alert: Alert | None
    retry: Retry | None
    revert: Verdict
    run: RunPanel | None  # what the loop promised, once it was advanced
    names: Mapping[str, str]  # by id, of what the sentences mention
    fingerprint: str  # differs as soon as anything shown has changed


def loop_page(trace: LoopTrace, *, actor: Actor, now: datetime) -> LoopPage:
    """The page for `actor`; the loop comes with its incident, pattern and run. Three queries."""
    said = answers_seen_by(actor).filter(checkpoint__trace=trace)
    answers = said.select_related("person", "checkpoint").order_by("at", "pk")
    advanced: AuditRun | None = getattr(trace, "audit_run", None)
    rows = rows_of(advanced) if advanced else ()
    story = load_story(trace, now=now, along=[answers, *rows])
    run = run_panel(advanced, rows, now=now) if advanced and rows else None
    recovery = story.recovery
    return LoopPage(
        story=story,
        severity=SEVERITIES[Severity(story.incident.severity)],
        outcome=_outcome(trace, run),
        headline=_headline(story),
        strip=strip(trace, events=story.events),
        told=_told(story),
        entries=[_entry(event) for event in story.events],
        decisions=[_decision(answer) for answer in answers],
        pending=[one for one in story.checkpoints if one.is_pending],
        recovery=marks_of(recovery) if recovery else [],
        policy=_policy(story.policy) if story.policy else None,
        adjustments=[card_of(one, now=now) for one in story.adjustments],
        alert=_alert(trace),
        retry=_retry(trace, actor),
        revert=verdict(permissions.check_revert, actor, trace),
        run=run,
        names=names_around(story.incident),
        fingerprint=_fingerprint(story, answers),
    )


def _outcome(trace: LoopTrace, run: RunPanel | None) -> Look:
    """The loop in one word; what was not finalized is not called complete."""
    if trace.is_complete and not (run and run.is_finalized):
        return UNPROVED
    return OUTCOMES[LoopOutcome(trace.outcome)]


def _told(story: LoadedStory) -> list[tuple[str, str]]:
    """The sentences of the story, each under what it answers."""
    narrative = story.narrative
    sentences = [
        ("What happened", narrative.what_happened),
        ("What we learned", narrative.what_we_learned),
        ("What we changed", narrative.what_we_changed),
        ("Before and after", narrative.before_after),
        ("Where the policy comes from", narrative.policy_origin),
        ("What it means for the agent", narrative.agent_improvement),
        ("How sure we are", narrative.confidence_summary),
    ]
    told = [(label, sentence) for label, sentence in sentences if sentence]
    return [*told, *told_of_time(story)]


def _headline(story: LoadedStory) -> str:
    """The latest news of the loop in a few words."""
    trace, recovery = story.trace, story.recovery
    if trace.is_blocked:
        return "Waiting for a person to decide"
    if trace.failure_state == FailureState.ROUTING_KPI_REGRESSION:
        return "Routing change taken back: its agent did worse"
    if trace.failure_state:
        verb = "ended" if trace.failure_state in ENDED_STATES else "failed"
        return f"Loop {verb} at stage {LABELS[Stage(trace.current_stage)]}"
    if trace.is_complete:
        applied = recovery is not None and recovery.status == RecoveryStatus.APPLIED
        return "Loop complete, recovery applied" if applied else "Loop complete"
    done = trace.stages["completed"]
    if Stage.PATTERN_MATCHED in done and recovery:
        return f"Recovery {look_of_recovery(recovery).text.lower()}"
    return "Pattern recognised" if done else "Incident taken in"


def _entry(event: LoopEvent) -> Entry:
    moment = moment_of(event)
    failed = event.status == EventStatus.FAILED
    ended = event.failure_state in ENDED_STATES
    advice = EXPLANATIONS[FailureState(event.failure_state)] if event.failure_state else None
    details: Mapping[str, Any] = event.details
    result = details.get("result") or {}
    return Entry(
        event=event,
        stage=LABELS[Stage(event.stage)],
        look=STOPPED if failed and ended else EVENTS[EventStatus(event.status)],
        fact=moment.fact,
        band=band_of(event),
        advice=advice.what_to_do if advice else "",
        took=event.finished_at - event.created_at if event.finished_at else None,
        result=leaves(result) if result else [],
        payload=details,
    )


def _decision(answer: CheckpointDecision) -> DecisionLine:
    verb = DECISION_WORDS[Resolution(answer.option)]
    subject = SUBJECT_WORDS[CheckpointType(answer.checkpoint.checkpoint_type)]
    return DecisionLine(
        who=str(answer.person),
        words=f"{verb} {subject}",
        at=answer.at,
        door=DOOR_WORDS.get(answer.door, answer.door),
        note=answer.note,
        is_final=answer.is_final,
        checkpoint_id=answer.checkpoint_id,
    )


def _policy(rule: PolicyRule) -> PolicyCard:
    return PolicyCard(
        rule=rule,
        mode=MODES[PolicyMode(rule.mode)],
        does=POLICY_WORDS[PolicyAction(rule.actions["type"])],
        conditions=leaves(rule.conditions) if rule.conditions else [],
        moves=moves_of(rule),
    )


def _alert(trace: LoopTrace) -> Alert | None:
    if trace.failure_state is None or trace.is_blocked:
        return None
    state = FailureState(trace.failure_state)
    told = EXPLANATIONS[state]
    tone = "info" if state in ENDED_STATES else "error"
    return Alert(tone, told.what_happened, _detail(trace), told.what_to_do)


def _detail(trace: LoopTrace) -> str:
    told = trace.reverted_reason or trace.failure_detail
    return reason_words(told) if trace.failure_state in ENDED_STATES and told else told


def _retry(trace: LoopTrace, actor: Actor) -> Retry | None:
    stage = permissions.retriable_stage(trace)
    if stage is None:
        return None
    allowed = verdict(permissions.check_retry, actor, trace, stage=stage)
    return Retry(stage, LABELS[stage], allowed)


def _fingerprint(story: LoadedStory, answers: Iterable[CheckpointDecision]) -> str:
    seen = (
        story.trace.version,
        story.narrative,
        story.recovery and (story.recovery.execution_status, story.recovery.verification),
        [(event.pk, event.status) for event in story.events],
        [(one.pk, one.resolution, one.deferred_at) for one in story.checkpoints],
        [answer.pk for answer in answers],
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]
