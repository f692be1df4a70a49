"""Races on real connections. Each test fails when the lock or key it is about is removed."""

import contextlib
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from threading import Barrier, BrokenBarrierError

import pytest
from django.utils import timezone

from loops.actions import checkpoints, loops, policies, proposals
from loops.domain.states import AdjustmentType, Capability, PolicyMode, Stage
from loops.engine import dispatcher, ledger, slots
from loops.engine.bridges import policy_to_routing
from loops.engine.loop import Loop, Outcome
from loops.engine.workset import Workset
from loops.models import (
    AdvanceSlot,
    CapabilityLockout,
    CheckpointDecision,
    FailurePattern,
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyActivationAudit,
    PolicyRule,
    RoutingAdjustment,
)
from loops.permissions import AlreadyDecided
from m25console.refusals import WrongState
from m25console.vocabulary import Role
from tests import factories, governing
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("message", [None, "no seat on flight HAT1"])
def test_spec_23_twenty_parallel_incidents_are_one_pattern(message):
    tenant = factories.make_tenant()
    loops = [receipt.loop_id for receipt in factories.report(tenant, times=20, message=message)]

    at_once(lambda number: dispatcher.advance([loops[number]]), times=20)
    factories.advance()

    assert FailurePattern.objects.get().occurrence_count == 20
    assert list(ledger.violations()) == []


def test_a_loop_is_advanced_by_one_worker_only():
    tenant = factories.make_tenant()
    loops = [receipt.loop_id for receipt in factories.report(tenant, times=3)]

    moved = at_once(lambda _: dispatcher.advance(loops), times=4)

    assert sum(one.loops for one in moved) == 3
    assert FailurePattern.objects.get().occurrence_count == 3


def test_twenty_reviewers_at_once_make_one_decision():
    tenant = factories.make_tenant()
    trace = factories.run_loop(tenant)
    checkpoint = factories.checkpoint_of(trace)
    people = [factories.make_actor(tenant) for _ in range(20)]

    def decide(number: int) -> bool:
        try:
            checkpoints.resolve(
                checkpoint_id=checkpoint.pk,
                resolution="apply" if number % 2 else "reject",
                note="because",
                by=people[number],
                now=timezone.now(),
            )
        except AlreadyDecided:
            return False
        return True

    assert at_once(decide, times=20).count(True) == 1
    assert CheckpointDecision.objects.get().is_final


def test_the_same_report_sent_five_times_at_once_is_one_incident():
    tenant = factories.make_tenant()

    receipts = at_once(lambda _: factories.report(tenant, external_id="e-1")[0], times=5)

    assert sorted(receipt.status for receipt in receipts) == ["accepted"] + ["duplicate"] * 4
    assert len({receipt.incident_id for receipt in receipts}) == 1
    assert (Incident.objects.count(), LoopEvent.objects.count()) == (1, 1)


def test_two_relays_never_give_out_one_slot_twice():
    tenant = factories.make_tenant()
    factories.report(tenant)
    LoopTrace.objects.update(next_run_at=timezone.now())
    slots.prepare()

    sent = at_once(lambda _: slots.give_out(queued=0, now=timezone.now()), times=4)

    given = [message.slot for messages in sent for message in messages]
    assert len(given) == len(set(given))
    assert AdvanceSlot.objects.filter(sent_at__isnull=False).count() == len(given)


def broken(*_: object) -> Outcome:
    raise ValueError("not today")


def test_many_retries_at_once_are_one_more_attempt():
    tenant = factories.make_tenant()
    [receipt] = factories.report(tenant)
    dispatcher.advance_due(bridges={**dispatcher.BRIDGES, Stage.INCIDENT_CREATED: broken})
    people = [factories.make_actor(tenant) for _ in range(8)]

    def retry(number: int) -> bool:
        try:
            loops.retry(
                trace_id=receipt.loop_id,
                stage=Stage.INCIDENT_CREATED,
                by=people[number],
                now=timezone.now(),
            )
        except WrongState:
            return False
        return True

    assert at_once(retry, times=8).count(True) == 1
    assert LoopEvent.objects.count() == 2
    assert list(ledger.violations()) == []


def test_a_loop_that_waits_after_a_retry_is_not_tried_once_more():
    tenant = factories.make_tenant()
    factories.run_loops(tenant, times=3, agent_id="a1")
    PolicyRule.objects.update(mode=PolicyMode.ACTIVE, activated_at=timezone.now())
    [receipt] = factories.report(tenant, agent_id="a1")
    dispatcher.advance_due(bridges={**dispatcher.BRIDGES, Stage.POLICY_GENERATED: broken})
    again = {"trace_id": receipt.loop_id, "stage": Stage.POLICY_GENERATED}
    loops.retry(**again, by=factories.make_actor(tenant), now=timezone.now())
    factories.advance()

    with pytest.raises(WrongState, match="waits for a decision"):
        loops.retry(**again, by=factories.make_actor(tenant), now=timezone.now())

    assert LoopTrace.objects.get(pk=receipt.loop_id).is_blocked
    assert list(ledger.violations()) == []


def test_policies_of_four_patterns_at_once_keep_one_agent_above_its_floor():
    tenant = factories.make_tenant()
    kinds = ["timeout", "rate_limit", "auth_error", "validation_error"]
    for kind in kinds:
        factories.run_loops(tenant, times=3, error_type=kind, agent_id="a1")
    now = timezone.now()
    PolicyRule.objects.update(
        mode=PolicyMode.ACTIVE, activated_at=now, actions={"type": "block", "params": {}}
    )
    CapabilityLockout.objects.create(
        tenant=tenant,
        capability=Capability.FULL_AUTO_ROUTING,
        requires_gate="all",
        is_unlocked=True,
    )
    for policy in PolicyRule.objects.all()[:3]:
        RoutingAdjustment.objects.create(
            tenant=tenant,
            agent_id="a1",
            adjustment_type=AdjustmentType.CONFIDENCE_PENALTY,
            magnitude=Decimal("-0.2"),
            source_policy=policy,
            created_at=now,
            expires_at=now + timedelta(days=7000),
        )
    reports = [factories.report(tenant, error_type=kind, agent_id="a1") for kind in kinds]
    together = Barrier(2)

    def slowly(loop: Loop, work: Workset, moment: datetime) -> Outcome:
        with contextlib.suppress(BrokenBarrierError):  # who holds the agent decides alone
            together.wait(timeout=0.3)
        return policy_to_routing.run(loop, work, moment)

    bridges = {**dispatcher.BRIDGES, Stage.POLICY_GENERATED: slowly}
    at_once(
        lambda number: dispatcher.advance([reports[number][0].loop_id], bridges=bridges), times=4
    )

    assert PolicyRule.objects.count() == 4
    in_force = RoutingAdjustment.objects.active().values_list("magnitude", flat=True)
    assert sum(in_force) == Decimal("-0.8")


def test_two_last_confirmations_at_once_activate_once():
    tenant = factories.make_tenant()
    policy = factories.make_policy(tenant)
    governing.confirm(policy, people=2)
    people = [factories.make_actor(tenant) for _ in range(6)]

    def confirm(number: int) -> bool:
        try:
            policies.confirm(policy_id=policy.pk, note="", by=people[number], now=timezone.now())
        except WrongState:
            return False
        return True

    assert at_once(confirm, times=6).count(True) == 1
    policy.refresh_from_db()
    assert (policy.mode, policy.confirmations_received) == (PolicyMode.ACTIVE, 3)
    assert PolicyActivationAudit.objects.filter(policy=policy).count() == 1
    assert list(ledger.violations()) == []


def test_activating_and_disabling_at_once_come_one_after_the_other():
    tenant = factories.make_tenant()
    policy = factories.make_policy(tenant)
    admins = [factories.make_actor(tenant, role=Role.ADMIN) for _ in range(6)]

    def move(number: int) -> bool:
        shared = {"policy_id": policy.pk, "by": admins[number], "now": timezone.now()}
        try:
            if number % 2:
                policies.disable(**shared, reason="loud")
            else:
                policies.activate(**shared, override_reason="seen enough")
        except WrongState:
            return False
        return True

    moved = at_once(move, times=6).count(True)

    rows = list(PolicyActivationAudit.objects.filter(policy=policy).order_by("pk"))
    assert len(rows) == moved
    assert all(after.old_mode == before.new_mode for before, after in pairwise(rows))
    assert list(ledger.violations()) == []


def test_a_checkpoint_and_a_page_that_disagree_at_once_do_not_block_each_other():
    tenant = factories.make_tenant()
    policy = factories.make_policy(tenant)
    people = [factories.make_actor(tenant, role=Role.ADMIN) for _ in range(8)]
    checkpoint = proposals.propose(policy_id=policy.pk, by=people[0], now=timezone.now())

    def decide(number: int) -> bool:
        by, now = people[number], timezone.now()
        try:
            if number % 2:
                checkpoints.resolve(
                    checkpoint_id=checkpoint.pk, resolution="approve", note="", by=by, now=now
                )
            else:
                policies.disable(policy_id=policy.pk, reason="loud", by=by, now=now)
        except WrongState:
            return False
        return True

    assert at_once(decide, times=8).count(True) >= 1
    checkpoint.refresh_from_db()
    assert not checkpoint.is_pending
    assert list(ledger.violations()) == []
