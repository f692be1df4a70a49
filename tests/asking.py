"""Builders of questions: one of each kind, and one to which everything happened that can."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from loops.actions import claims, comments, holds, proposals, reverts, snoozes
from loops.actions.answers import Given
from loops.domain.states import AdjustmentType, PolicyMode, Resolution
from loops.engine import resuming
from loops.models import (
    HumanCheckpoint,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
    SuggestionAction,
)
from m25console.access import Actor
from m25console.models import Tenant
from tests import carrying, factories


def weak_match(tenant: Tenant) -> HumanCheckpoint:
    known = {"error_code": "E1", "agent_capability": "math", "status_code": 504}
    factories.run_loop(tenant, **known)
    return factories.checkpoint_of(factories.run_loop(tenant, **known | {"error_code": "X9"}))


def novel_recovery(tenant: Tenant, *, by: Actor) -> HumanCheckpoint:
    """A checkpoint that two different people must agree to."""
    factories.make_pattern(tenant, error_code="E1", agent_capability="math")
    trace = factories.run_loop(tenant, error_code="X9", agent_capability="math")
    agree(factories.checkpoint_of(trace), by=by)
    return factories.checkpoint_of(trace)


def routing_change(tenant: Tenant) -> HumanCheckpoint:
    factories.run_loops(tenant, times=3, agent_id="a1")
    PolicyRule.objects.filter(tenant=tenant).update(
        mode=PolicyMode.ACTIVE, activated_at=timezone.now()
    )
    return factories.checkpoint_of(factories.run_loop(tenant, agent_id="a1"))


def floor_override(tenant: Tenant, *, by: Actor) -> HumanCheckpoint:
    checkpoint = routing_change(tenant)
    now = timezone.now()
    for _ in range(4):
        RoutingAdjustment.objects.create(
            tenant=tenant,
            agent_id="a1",
            adjustment_type=AdjustmentType.CONFIDENCE_PENALTY,
            magnitude=Decimal("-0.2"),
            source_policy=PolicyRule.objects.get(tenant=tenant),
            created_at=now,
            expires_at=now + timedelta(days=700),
        )
    agree(checkpoint, by=by)
    return factories.checkpoint_of(checkpoint.trace)


def agree(checkpoint: HumanCheckpoint, *, by: Actor, option: str = Resolution.APPLY) -> None:
    resuming.resolve(
        checkpoint_id=checkpoint.pk, resolution=option, note="Fine.", by=by, now=timezone.now()
    )


def policy_question(tenant: Tenant, *, by: Actor) -> HumanCheckpoint:
    """A checkpoint that asks whether a policy may be enforced."""
    policy = factories.make_policy(tenant, confirmations_required=2)
    return proposals.propose(policy_id=policy.pk, by=by, now=timezone.now())


def revert_question(tenant: Tenant, *, by: Actor) -> HumanCheckpoint:
    """A checkpoint that asks whether what a loop changed is to be undone."""
    trace = LoopTrace.objects.get(incident=factories.make_policy(tenant).source_incident_id)
    return reverts.ask_for(trace_id=trace.pk, reason="It slowed us.", by=by, now=timezone.now())


def carried_out(tenant: Tenant, **document: Any) -> HumanCheckpoint:
    """A decided checkpoint whose recovery an action of the catalogue was to carry out."""
    recovery = carrying.applied(tenant, **document)
    return HumanCheckpoint.objects.get(target_id=recovery.pk)


def make_busy(checkpoint: HumanCheckpoint, *, reader: Actor, others: list[Actor]) -> None:
    """Everything people can leave beside an open question: remarks that call many, a claim, the
    reader's own snooze, somebody away whom the reader stands in for, a catalogued action, and an
    earlier rejection of the same."""
    now, names = timezone.now(), " ".join(f"@{one.user.username}" for one in others if one.user)
    for one in others:
        comments.add(checkpoint_id=checkpoint.pk, text=f"Look, {names}", by=one, now=now)
        factories.make_delegation(one, to=reader)
    claims.claim(checkpoint_id=checkpoint.pk, by=others[0], now=now)
    until = now + timedelta(minutes=5)
    snoozes.snooze(checkpoint_id=checkpoint.pk, until=until, by=reader, now=now)
    carrying.stock_catalogue()
    RecoveryCandidate.objects.filter(trace=checkpoint.trace_id).update(
        selected_action=SuggestionAction.objects.order_by("pk").first()
    )
    if Resolution.DEFER in checkpoint.options:
        agree(checkpoint, by=others[0], option=Resolution.DEFER)


def hold(checkpoint: HumanCheckpoint, *, by: Actor, seconds: int = 60) -> None:
    """An answer that can still be undone."""
    given = Given(
        checkpoint_id=checkpoint.pk,
        resolution=checkpoint.options[0],
        note="Because.",
        seen_digest=checkpoint.contract_digest,
        despite_claim=True,
    )
    holds.hold(given, by=by, now=timezone.now(), seconds=seconds)
