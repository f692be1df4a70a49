"""Whether the same was proposed before, and turned down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from loops.domain.states import CheckpointType, RecoveryStatus, RejectReason, Resolution
from loops.models import CheckpointDecision, HumanCheckpoint, RecoveryCandidate
from loops.presenters.past_outcomes import LOOKED_BACK_AT
from loops.presenters.people import called
from loops.presenters.wordings import REASONS
from m25console.access import Actor
from m25console.together import Row, Rows


@dataclass(frozen=True)
class RejectedBefore:
    """The latest rejection of the same proposal."""

    who: str
    at: datetime
    reason: str
    note: str
    checkpoint_id: str


def rejections_of(
    checkpoint: HumanCheckpoint, recovery: RecoveryCandidate | None, *, actor: Actor
) -> Rows:
    """The latest rejection of the same remedy for the same pattern, or of the same policy."""
    given = CheckpointDecision.objects.filter(
        tenant=actor.tenant, option=Resolution.REJECT, is_final=True
    ).exclude(checkpoint=checkpoint)
    alike = given.none()
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
    latest = alike.order_by("-at")[:1]
    return latest.values("at", "reason_code", "note", "checkpoint_id", who=called("person"))


def rejected_before(rows: Sequence[Row]) -> RejectedBefore | None:
    """The rejection that `rejections_of` found, if there is one."""
    for row in rows:
        code = row.pop("reason_code")
        return RejectedBefore(**row, reason=REASONS[RejectReason(code)] if code else "")
    return None


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
