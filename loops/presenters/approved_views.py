"""What somebody had before them when they decided, beside what has become of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from loops.domain.states import CheckpointPriority, RejectReason, Resolution, Risk, Verification
from loops.models import (
    CheckpointDecision,
    HumanCheckpoint,
    PolicyRule,
    RecoveryCandidate,
    RegretEvent,
)
from loops.opinions import answers_seen_by
from loops.presenters.checkpoint_rules import governed_by
from loops.presenters.contracts import Change, Term, differences, subject_told, terms_in
from loops.presenters.looks import VERIFICATIONS, marks_of
from loops.presenters.wordings import ANSWERS, PRIORITIES, REASONS, RISKS, recovery_of
from m25console.access import Actor
from m25console.looks import Look
from m25console.refusals import NotFound

UNITS: Final = ((1440, "day"), (60, "hour"), (1, "minute"))


@dataclass(frozen=True)
class ApprovedView:
    """One decision: what was seen, and what is known since."""

    decision: CheckpointDecision
    answer: Look
    reason: str
    question: str
    risk: Look
    priority: Look
    terms: Sequence[Term]
    changed_then: Sequence[Change]  # between the asking and the deciding
    figures: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    in_force: str
    changed_since: Sequence[Change]
    marks: Sequence[Look]
    since: Sequence[str]


def approved_view(checkpoint: HumanCheckpoint, *, decision_id: int, actor: Actor) -> ApprovedView:
    """The view of one decision on this checkpoint. Raises NotFound, also for whoever may not know
    of it yet."""
    mine = answers_seen_by(actor).filter(checkpoint=checkpoint, tenant=actor.tenant)
    seen = mine.select_related("person", "on_behalf_of", "snapshot")
    decision = seen.filter(pk=decision_id, snapshot__isnull=False).first()
    if decision is None:
        raise NotFound("There is no such decision.")
    shown = decision.snapshot.shown
    recovery = recovery_of(checkpoint)
    policy = _policy(checkpoint, since=decision.at)
    return ApprovedView(
        decision=decision,
        answer=ANSWERS[Resolution(decision.option)],
        reason=REASONS[RejectReason(decision.reason_code)] if decision.reason_code else "",
        **_then(shown),
        changed_since=differences(shown["subject"], subject_told(checkpoint, recovery or policy)),
        marks=marks_of(recovery) if recovery else [],
        since=list(_since(decision, checkpoint, recovery, policy)),
    )


def _policy(checkpoint: HumanCheckpoint, *, since: datetime) -> PolicyRule | None:
    """The policy it was about, if it was about one, with `harmed_at`: when harm by it was first
    reported after that moment."""
    harm = RegretEvent.objects.filter(policy=OuterRef("pk"), created_at__gt=since)
    first = harm.order_by("created_at").values("created_at")[:1]
    rules = PolicyRule.objects.filter(tenant=checkpoint.tenant_id, pk=checkpoint.target_id)
    return rules.annotate(harmed_at=Subquery(first)).first()


def _then(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "question": shown["question"],
        "risk": RISKS[Risk(shown["risk"])],
        "priority": PRIORITIES[CheckpointPriority(shown["priority"])],
        "terms": terms_in(shown["subject"], people=shown["approvals"]),
        "changed_then": differences(shown["asked"], shown["subject"]),
        "figures": [(name, value) for name, value in shown["figures"]],
        "warnings": shown["warnings"],
        "in_force": governed_by(shown["rules"]) if shown["rules"] else "",
    }


def _since(
    decision: CheckpointDecision,
    checkpoint: HumanCheckpoint,
    recovery: RecoveryCandidate | None,
    policy: PolicyRule | None,
) -> Iterator[str]:
    """What became known after the decision, a sentence each."""
    if checkpoint.resolution and not decision.is_final:
        ended = ANSWERS[Resolution(checkpoint.resolution)].text.lower()
        yield f"The question was {ended} in the end."
    if recovery is not None and recovery.verified_at and recovery.verification:
        told = VERIFICATIONS[Verification(recovery.verification)].text
        yield f"{told}, known {_later(recovery.verified_at, decision.at)}."
    harmed_at: datetime | None = getattr(policy, "harmed_at", None)
    if harmed_at is not None:
        yield f"Harm by this policy was reported {_later(harmed_at, decision.at)}."


def _later(at: datetime, since: datetime) -> str:
    """How much later, such as "40 minutes later" or "3 days later"."""
    minutes = max(0, int((at - since).total_seconds() // 60))
    size, name = next(((size, name) for size, name in UNITS if minutes >= size), (0, ""))
    if not size:
        return "at once"
    count = minutes // size
    return f"{count} {name}{'' if count == 1 else 's'} later"
