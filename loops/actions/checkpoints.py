"""What people decide. Each function is one transaction, or none of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction

from loops import permissions
from loops.actions import answer_checks, voting
from loops.actions.answers import Answer, Decision, Given
from loops.actions.consequences import CONSEQUENCES
from loops.actions.delegations import check_stands_in
from loops.actions.questions import locked_with_loop
from loops.actions.snapshots import seen_now
from loops.domain.states import CheckpointType, Resolution
from loops.models import HeldDecision, HumanCheckpoint, PolicyRule, RecoveryCandidate
from m25console.access import Actor

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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
    reason_code: str = "",
    page: Mapping[str, Any] = NOTHING,
) -> Decision:
    """Record a reviewer's answer and what follows from it for recovery and loop.

    `seen_digest` is the contract digest of the page the answer was given on; empty skips the
    comparison; `despite_claim` answers over somebody else's claim. Raises NotFound, NotPermitted,
    UnknownOption, InvalidInput (no reason given, or one nobody knows), AlreadyDecided, OnHold,
    ClaimedByAnother, StaleContract or WrongState (this person may not be the one who agrees),
    having changed nothing.
    """
    given = Given(checkpoint_id, resolution, note, reason_code, seen_digest, page, despite_claim)
    return decide(checked(given, by=by, now=now))


def checked(given: Given, *, by: Actor, now: datetime, hold: int = 0) -> Answer:
    """The answer with all it touches locked, after the checks that every answer goes through.

    `hold` is the held answer that is being carried out. Raises what `resolve` raises.
    """
    trace, checkpoint = locked_with_loop(given.checkpoint_id, by=by)
    check_stands_in(by, now=now)
    permissions.check_decide(by, checkpoint)
    others = HeldDecision.objects.held().filter(checkpoint=checkpoint).exclude(pk=hold)
    answer_checks.check_not_held(by, others.select_related("person", "checkpoint").first())
    permissions.check_unclaimed(by, checkpoint, now=now, despite_claim=given.despite_claim)
    permissions.check_answer(checkpoint, resolution=given.resolution)
    option = Resolution(given.resolution)
    permissions.check_reason(by, resolution=option, note=given.note)
    answer_checks.check_reason_code(given.reason_code, resolution=option)
    recovery = _recovery(checkpoint)
    policy = _policy(checkpoint)
    seen = seen_now(checkpoint, recovery or policy, page=given.page)
    permissions.check_shown(given.seen_digest, seen["digest"])
    return Answer(
        trace, checkpoint, recovery, option, given.note.strip(), by, now,
        policy=policy, reason_code=given.reason_code, seen=seen,
    )  # fmt: skip


def decide(answer: Answer) -> Decision:
    """What follows from a checked answer, now, or what comes of it as one vote of several."""
    counted = voting.settled(answer)
    if isinstance(counted, Decision):
        return counted
    kind = CheckpointType(answer.checkpoint.checkpoint_type)
    return CONSEQUENCES[kind, answer.option](counted)


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
