"""What people decide. Each function is one transaction, or none of it."""

from datetime import datetime

from django.db import transaction

from loops import permissions
from loops.actions.answers import Answer, Decision
from loops.actions.consequences import CONSEQUENCES
from loops.actions.contracts import digest_now
from loops.actions.delegations import check_stands_in
from loops.actions.questions import locked_with_loop
from loops.domain.states import CheckpointType, Resolution
from loops.models import HumanCheckpoint, PolicyRule, RecoveryCandidate
from m25console.access import Actor


@transaction.atomic
def resolve(
    *,
    checkpoint_id: str,
    resolution: str,
    note: str,
    by: Actor,
    now: datetime,
    seen_digest: str = "",
    despite_claim: bool = False,
) -> Decision:
    """Record a reviewer's answer and what follows from it for recovery and loop.

    `seen_digest` is the contract digest of the page the answer was given on; empty skips the
    comparison; `despite_claim` answers over somebody else's claim. Raises NotFound, NotPermitted,
    UnknownOption, InvalidInput (no reason given), AlreadyDecided, ClaimedByAnother, StaleContract
    or WrongState (this person may not be the one who agrees), having changed nothing.
    """
    trace, checkpoint = locked_with_loop(checkpoint_id, by=by)
    check_stands_in(by, now=now)
    permissions.check_decide(by, checkpoint)
    permissions.check_unclaimed(by, checkpoint, now=now, despite_claim=despite_claim)
    permissions.check_answer(checkpoint, resolution=resolution)
    option = Resolution(resolution)
    permissions.check_reason(by, resolution=option, note=note)
    recovery = _recovery(checkpoint)
    policy = _policy(checkpoint)
    permissions.check_shown(seen_digest, digest_now(checkpoint, recovery or policy))
    consequence = CONSEQUENCES[CheckpointType(checkpoint.checkpoint_type), option]
    answer = Answer(trace, checkpoint, recovery, option, note.strip(), by, now, policy=policy)
    return consequence(answer)


def _recovery(checkpoint: HumanCheckpoint) -> RecoveryCandidate | None:
    """The recovery that is to be applied, locked."""
    mine = RecoveryCandidate.objects.filter(trace=checkpoint.trace_id, pk=checkpoint.target_id)
    return mine.locked().first()


def _policy(checkpoint: HumanCheckpoint) -> PolicyRule | None:
    """The policy that is to be confirmed, locked; a change of routing only stems from one."""
    if checkpoint.checkpoint_type != CheckpointType.APPROVE_POLICY:
        return None
    mine = PolicyRule.objects.filter(tenant=checkpoint.tenant_id, pk=checkpoint.target_id)
    return mine.locked().first()
