"""Asking the reviewers whether a policy may be activated."""

from datetime import datetime

from django.db import transaction

from loops.actions import contracts
from loops.actions import policy_checks as checks
from loops.actions.asking import ask_aside
from loops.actions.policy_modes import proposals_of
from loops.domain.checkpoints import Need
from loops.domain.narrative import POLICY_WORDS
from loops.domain.states import CheckpointType, PolicyAction, Stage
from loops.models import HumanCheckpoint, LoopTrace, PolicyRule
from m25console import audit
from m25console.access import Actor
from m25console.refusals import NotFound


@transaction.atomic
def propose(*, policy_id: str, by: Actor, now: datetime) -> HumanCheckpoint:
    """Raise the checkpoint that asks for confirmations of the policy as it is.

    Raises NotFound, NotPermitted or WrongState, having changed nothing.
    """
    mine = PolicyRule.objects.for_tenant(by.tenant).filter(pk=policy_id)
    policy = mine.first()
    if policy is None:
        raise NotFound("There is no such policy.")
    trace = home_of(policy)
    policy = mine.locked().get()
    checks.check_propose(by, policy, is_asked=proposals_of(policy).exists())
    assert trace is not None  # it comes from a loop, or the check had refused
    checkpoint = ask_about(policy, trace=trace, now=now)
    audit.record(
        by=by,
        action="policy.propose",
        about=policy,
        after={"checkpoint": checkpoint.pk, "revision": policy.revision},
        now=now,
    )
    return checkpoint


def home_of(policy: PolicyRule) -> LoopTrace | None:
    """The loop in which the policy was made, locked, as it must be before the policy is."""
    if policy.source_incident_id is None:
        return None
    return LoopTrace.objects.locked().filter(incident=policy.source_incident_id).first()


def ask_about(
    policy: PolicyRule, *, trace: LoopTrace, now: datetime, why: str = ""
) -> HumanCheckpoint:
    """The question about a policy, both it and its loop locked; `why` goes before the question."""
    does = POLICY_WORDS[PolicyAction(policy.actions["type"])]
    need = Need(
        CheckpointType.APPROVE_POLICY,
        Stage.POLICY_GENERATED,
        policy.pk,
        f'{why} Let the policy "{policy.name}" {does}?'.strip(),
        approvals=policy.confirmations_required,
        confidence=policy.generation_confidence,
    )
    return ask_aside(need, trace=trace, subject=contracts.policy_subject(policy), now=now)
