"""The page on which a person decides: everything they should know, and what they may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Count, Q

from loops import permissions
from loops.actions.contracts import digest_now
from loops.actions.policy_checks import check_confirm, voices_of
from loops.domain.calibration import Reliability
from loops.domain.checkpoints import REASON_REQUIRED
from loops.domain.confidence import Band
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    EventStatus,
    RecoveryStatus,
    Resolution,
    Stage,
    SuggestionType,
)
from loops.models import (
    HumanCheckpoint,
    LoopEvent,
    PolicyRule,
    RecoveryCandidate,
)
from loops.presenters.answered import Answered, history_of
from loops.presenters.calibrations import of_band
from loops.presenters.checkpoint_rules import governed_by
from loops.presenters.checkpoints import (
    Filters,
    agreed_by,
    confirmed,
    due_at,
    is_overdue,
    votes_of,
    wanted,
)
from loops.presenters.consequences import consequences_of
from loops.presenters.contracts import Change, Term, changes_of, terms_of
from loops.presenters.forecasts import AgentForecast, forecasts_before
from loops.presenters.looks import Look
from loops.presenters.matches import MatchReason, reason_of
from loops.presenters.wordings import ANSWERS, PRIORITIES, kind_of, question_of
from m25console.access import Actor, Verdict, verdict
from m25console.refusals import NotFound

ENOUGH_TO_SAY: Final = 5
LOOKED_BACK_AT: Final = 1000  # decided recoveries of the pattern, the newest
AGREEING: Final = frozenset({Resolution.APPLY, Resolution.APPROVE})
BUTTONS: Final[Mapping[Resolution, tuple[str, str]]] = {
    Resolution.APPLY: ("Approve", "btn-primary"),
    Resolution.REJECT: ("Reject", "btn-reject"),
    Resolution.DEFER: ("Defer", ""),
    Resolution.CANCEL: ("Leave as it is", ""),
    Resolution.OVERRIDE: ("Cross the floor once", "btn-reject"),
    Resolution.RESPECT: ("Respect the floor", "btn-primary"),
    Resolution.APPROVE: ("Approve", "btn-primary"),
    Resolution.MODIFY: ("Ask for a change", ""),
    Resolution.CONFIRM_REVERT: ("Revert", "btn-reject"),
}


@dataclass(frozen=True)
class Option:
    """One answer: its button, what follows from it, and whether this person may give it now."""

    value: str
    label: str
    look: str
    consequence: str
    verdict: Verdict

    @property
    def needs_reason(self) -> bool:
        return Resolution(self.value) in REASON_REQUIRED


@dataclass(frozen=True)
class Sum:
    """How a recovery's confidence was come by."""

    version: str
    base: float
    boost: float
    occurrences: int
    final: float
    from_template: bool

    @property
    def is_capped(self) -> bool:
        return self.base + self.boost > self.final + 1e-9


@dataclass(frozen=True)
class Past:
    """What people decided about this pattern's recoveries before."""

    approved: int
    rejected: int

    @property
    def total(self) -> int:
        return self.approved + self.rejected

    @property
    def is_enough(self) -> bool:
        return self.total >= ENOUGH_TO_SAY


@dataclass(frozen=True)
class DecisionPage:
    """All that the page of one checkpoint shows."""

    checkpoint: HumanCheckpoint
    kind: str
    question: str
    priority: Look
    due_at: datetime | None
    is_overdue: bool
    votes: str
    digest: str
    terms: list[Term]
    changes: list[Change]
    reason: MatchReason | None
    sum: Sum | None
    past: Past
    judged: Reliability | None  # of this band of the pattern; None without a confidence
    options: list[Option]
    history: list[Answered]
    answer: Look | None
    decided_by: str
    policy: PolicyRule | None  # if one is in question
    forecasts: list[AgentForecast]  # while a change of routing is in question
    next_id: str  # of the checkpoint that has waited longest, empty if none waits for this person

    @property
    def in_force(self) -> str:
        """What governed the question when it was raised; empty for one older than the rules."""
        rules = self.checkpoint.contract.get("rules")
        return governed_by(rules) if rules else ""

    @property
    def may_decide(self) -> bool:
        return any(option.verdict.allowed for option in self.options)

    @property
    def reason_hint(self) -> str:
        """Which answers need a reason."""
        wanting = [one.label.lower() for one in self.options if one.needs_reason]
        return f"needed to {wanting[0]}, else optional" if wanting else "optional"

    @property
    def obstacle(self) -> str:
        """Why nothing can be answered, if that is so."""
        return "" if self.may_decide else self.options[0].verdict.reason

    @property
    def obstacles(self) -> list[Option]:
        """The answers that cannot be given while others can."""
        return [one for one in self.options if not one.verdict.allowed] if self.may_decide else []

    @property
    def is_wanted_now(self) -> bool:
        return self.checkpoint.is_pending and self.due_at == self.checkpoint.created_at


def checkpoint_of(actor: Actor, checkpoint_id: str) -> HumanCheckpoint:
    """The checkpoint with all it refers to. Raises NotFound unless it is of the actor's tenant."""
    found = (
        HumanCheckpoint.objects.for_tenant(actor.tenant)
        .select_related("incident__matched_pattern", "trace__recovery", "resolved_by")
        .annotate(agreed_by_me=agreed_by(actor), policy_confirmations=confirmed())
        .filter(pk=checkpoint_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such checkpoint.")
    return found


def decision_page(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> DecisionPage:
    """The page of a checkpoint from `checkpoint_of`; five queries."""
    recovery: RecoveryCandidate | None = getattr(checkpoint.trace, "recovery", None)
    policy = _policy(checkpoint)
    proposed = policy if checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY else None
    return DecisionPage(
        checkpoint=checkpoint,
        kind=kind_of(checkpoint),
        question=question_of(checkpoint),
        priority=PRIORITIES[CheckpointPriority(checkpoint.priority)],
        due_at=due_at(checkpoint),
        is_overdue=is_overdue(checkpoint, now=now),
        votes=votes_of(checkpoint),
        digest=digest_now(checkpoint, proposed or recovery),
        terms=terms_of(checkpoint, proposed or recovery),
        changes=changes_of(checkpoint, proposed or recovery),
        reason=_reason(checkpoint),
        sum=_sum(recovery) if recovery and not proposed else None,
        past=_past(checkpoint),
        judged=_judged(checkpoint),
        options=_options(checkpoint, actor, policy),
        history=history_of(checkpoint),
        answer=ANSWERS[Resolution(checkpoint.resolution)] if checkpoint.resolution else None,
        decided_by=str(checkpoint.resolved_by or "the console") if checkpoint.resolution else "",
        policy=proposed,
        forecasts=forecasts_before(checkpoint, tenant=actor.tenant, now=now),
        next_id=_next(checkpoint, actor),
    )


def _options(checkpoint: HumanCheckpoint, actor: Actor, policy: PolicyRule | None) -> list[Option]:
    pattern = checkpoint.incident.matched_pattern
    told = consequences_of(
        checkpoint,
        pattern=pattern,
        policy=policy,
        confirmations_for_policy=settings.POLICY_CONFIRMATIONS,
    )
    has_agreed = bool(getattr(checkpoint, "agreed_by_me", False))
    anything = verdict(permissions.check_decide, actor, checkpoint)
    agreeing = verdict(permissions.check_agrees_once, has_agreed=has_agreed)
    if policy is not None and checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        agreeing = verdict(check_confirm, actor, policy, voices_of(policy))
    own = dict.fromkeys(AGREEING, agreeing) | {
        Resolution.CONFIRM_REVERT: _another(checkpoint, actor)
    }
    return [
        Option(
            value,
            *BUTTONS[Resolution(value)],
            consequence=told.get(Resolution(value), ""),
            verdict=own.get(Resolution(value), anything) if anything.allowed else anything,
        )
        for value in checkpoint.options
    ]


def _another(checkpoint: HumanCheckpoint, actor: Actor) -> Verdict:
    """Whether somebody other than the actor asked for what is to be confirmed."""
    asked_by = checkpoint.contract.get("subject", {}).get("asked_by_id")
    return verdict(permissions.check_is_another, actor, asked_by=asked_by)


def _policy(checkpoint: HumanCheckpoint) -> PolicyRule | None:
    """The policy in question, or else the live one of the incident's pattern."""
    rules = PolicyRule.objects.filter(tenant=checkpoint.tenant_id)
    live = rules.live().filter(source_pattern=checkpoint.incident.matched_pattern_id)
    found = rules.filter(Q(pk=checkpoint.target_id) | Q(pk__in=live.values("pk")))
    return min(found, key=lambda rule: rule.pk != checkpoint.target_id, default=None)


def _reason(checkpoint: HumanCheckpoint) -> MatchReason | None:
    events = LoopEvent.objects.filter(
        trace=checkpoint.trace_id, stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE
    )
    return next((reason_of(event) for event in events.in_order()), None)


def _sum(recovery: RecoveryCandidate) -> Sum:
    explained = recovery.explain
    return Sum(
        version=explained["version"],
        base=explained["base"],
        boost=explained["boost"],
        occurrences=explained["occurrences"],
        final=explained["final"],
        from_template=recovery.suggestion_type == SuggestionType.TEMPLATE,
    )


def _past(checkpoint: HumanCheckpoint) -> Past:
    newest = (
        RecoveryCandidate.objects.filter(tenant=checkpoint.tenant_id)
        .filter(source_pattern=checkpoint.incident.matched_pattern_id, decided_by__isnull=False)
        .exclude(trace=checkpoint.trace_id)
        .order_by("-created_at")[:LOOKED_BACK_AT]
    )
    rejected = Count("pk", filter=Q(status=RecoveryStatus.REJECTED))
    found = RecoveryCandidate.objects.filter(pk__in=newest.values("pk")).aggregate(
        total=Count("pk"), rejected=rejected
    )
    return Past(approved=found["total"] - found["rejected"], rejected=found["rejected"])


def _judged(checkpoint: HumanCheckpoint) -> Reliability | None:
    pattern_id = checkpoint.incident.matched_pattern_id
    if checkpoint.confidence_band is None or pattern_id is None:
        return None
    return of_band(pattern_id, Band(checkpoint.confidence_band))


def _next(checkpoint: HumanCheckpoint, actor: Actor) -> str:
    rows = wanted(actor, Filters(mine=actor.can_review)).exclude(pk=checkpoint.pk)
    return rows.longest_waiting_first().values_list("pk", flat=True).first() or ""
