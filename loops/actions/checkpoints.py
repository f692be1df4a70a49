"""What people decide. Each function is one transaction, or none of it."""

from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions.answers import Answer, Decision
from loops.actions.consequences import CONSEQUENCES
from loops.actions.contracts import digest_now
from loops.domain.states import CheckpointType, Resolution
from loops.models import HumanCheckpoint, LoopTrace, PolicyRule, RecoveryCandidate
from m25console.access import Actor
from m25console.refusals import NotFound


@transaction.atomic
def resolve(
    *,
    checkpoint_id: str,
    resolution: str,
    note: str,
    by: Actor,
    now: datetime,
    seen_digest: str = "",
) -> Decision:
    """Record a reviewer's answer and what follows from it for recovery and loop.

    `seen_digest` is the contract digest of the page the answer was given on; empty skips the
    comparison. Raises NotFound, NotPermitted, UnknownOption, InvalidInput (no reason given),
    AlreadyDecided, StaleContract or WrongState (this person may not be the one who agrees),
    having changed nothing.
    """
    trace, checkpoint = _locked(checkpoint_id, by=by)
    permissions.check_decide(by, checkpoint)
    permissions.check_answer(checkpoint, resolution=resolution)
    option = Resolution(resolution)
    permissions.check_reason(by, resolution=option, note=note)
    recovery = (
        RecoveryCandidate.objects.locked().filter(trace=trace, pk=checkpoint.target_id).first()
    )
    policy = _policy(checkpoint)
    permissions.check_shown(seen_digest, digest_now(checkpoint, recovery or policy))
    consequence = CONSEQUENCES[CheckpointType(checkpoint.checkpoint_type), option]
    return consequence(
        Answer(trace, checkpoint, recovery, option, note.strip(), by, now, policy=policy)
    )


def _locked(checkpoint_id: str, *, by: Actor) -> tuple[LoopTrace, HumanCheckpoint]:
    """The checkpoint with its loop, both locked: the loop first, as everywhere."""
    mine = HumanCheckpoint.objects.for_tenant(by.tenant).filter(pk=checkpoint_id)
    trace_id = mine.values_list("trace_id", flat=True).first()
    if trace_id is None:
        raise NotFound("There is no such checkpoint.")
    trace = LoopTrace.objects.locked().get(pk=trace_id)
    checkpoint = mine.select_related("resolved_by").locked().get()
    return trace, checkpoint


def _policy(checkpoint: HumanCheckpoint) -> PolicyRule | None:
    """The policy that is to be confirmed, locked; a change of routing only stems from one."""
    if checkpoint.checkpoint_type != CheckpointType.APPROVE_POLICY:
        return None
    mine = PolicyRule.objects.filter(tenant=checkpoint.tenant_id, pk=checkpoint.target_id)
    return mine.locked().first()
