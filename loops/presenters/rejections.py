"""Whether the same was proposed before, and turned down."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from loops.domain.states import CheckpointType, RecoveryStatus, RejectReason, Resolution
from loops.models import CheckpointDecision, HumanCheckpoint, RecoveryCandidate
from loops.presenters.past_outcomes import LOOKED_BACK_AT
from loops.presenters.wordings import REASONS
from m25console.access import Actor


@dataclass(frozen=True)
class RejectedBefore:
    """The latest rejection of the same proposal."""

    who: str
    at: datetime
    reason: str
    note: str
    checkpoint_id: str


def rejected_before(
    checkpoint: HumanCheckpoint, recovery: RecoveryCandidate | None, *, actor: Actor
) -> RejectedBefore | None:
    """The latest rejection of the same remedy for the same pattern, or of the same policy; one
    query."""
    given = CheckpointDecision.objects.filter(
        tenant=actor.tenant, option=Resolution.REJECT, is_final=True
    ).exclude(checkpoint=checkpoint)
    if checkpoint.checkpoint_type == CheckpointType.APPROVE_POLICY:
        alike = given.filter(  # a policy is always asked about under the loop it came from
            checkpoint__trace=checkpoint.trace_id,
            checkpoint__checkpoint_type=CheckpointType.APPROVE_POLICY,
        )
    elif recovery is not None and recovery.pk == checkpoint.target_id:
        alike = given.filter(
            checkpoint__trace__in=_loops_of_the_same(recovery),
            checkpoint__checkpoint_type=CheckpointType.APPROVE_RECOVERY,
        )
    else:
        return None
    found = alike.select_related("person").order_by("-at").first()
    return None if found is None else _told(found)


def _loops_of_the_same(recovery: RecoveryCandidate) -> QuerySet[RecoveryCandidate, str]:
    """The loop in which the same remedy was rejected last."""
    of_pattern = RecoveryCandidate.objects.filter(
        tenant=recovery.tenant_id, source_pattern=recovery.source_pattern_id
    )
    lately = of_pattern.order_by("-created_at").values("pk")[:LOOKED_BACK_AT]
    same = RecoveryCandidate.objects.filter(
        pk__in=lately,
        status=RecoveryStatus.REJECTED,
        action_type=recovery.action_type,
        action_params=recovery.action_params,
    )
    return same.order_by("-created_at").values_list("trace_id", flat=True)[:1]


def _told(found: CheckpointDecision) -> RejectedBefore:
    return RejectedBefore(
        who=str(found.person),
        at=found.at,
        reason=REASONS[RejectReason(found.reason_code)] if found.reason_code else "",
        note=found.note,
        checkpoint_id=found.checkpoint_id,
    )
