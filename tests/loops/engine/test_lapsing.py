from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loops.actions import checkpoint_rules, loops
from loops.domain.asking import Rules
from loops.domain.states import PolicyMode
from loops.engine import ledger, resuming
from loops.engine.lapsing import dismiss, escalate
from loops.engine.periodic import run_now
from loops.models import (
    FeedEntry,
    HumanCheckpoint,
    LoopTrace,
    PolicyRule,
    RecoveryCandidate,
    RoutingAdjustment,
)
from loops.permissions import AlreadyDecided
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def set_rules(tenant: Tenant, **fields: object) -> None:
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    rules = Rules(**fields)  # type: ignore[arg-type]
    checkpoint_rules.change(rules=rules, by=admin, now=timezone.now())


def asked_about_routing(tenant: Tenant) -> LoopTrace:
    """A loop that waits for leave to move traffic: a low priority."""
    factories.run_loops(tenant, times=2, agent_id="a1")
    learned = factories.run_loop(tenant, agent_id="a1")
    factories.activate(PolicyRule.objects.get(source_incident=learned.incident_id))
    return factories.run_loop(tenant, agent_id="a1")


def after(trace: LoopTrace, wait: timedelta) -> datetime:
    return factories.checkpoint_of(trace).created_at + wait


def test_spec_95_a_low_question_lapses_once_it_is_older_than_its_hours(tenant):
    trace = asked_about_routing(tenant)
    assert dismiss(after(trace, 48 * HOUR)) == {"dismissed": 0}

    asked = factories.checkpoint_of(trace)
    assert dismiss(after(trace, 48.1 * HOUR)) == {"dismissed": 1}

    asked.refresh_from_db()
    trace.refresh_from_db()
    assert (asked.resolution, asked.auto_dismissed, asked.resolved_by) == ("expired", True, None)
    assert (trace.failure_state, trace.outcome) == ("routing_adjustment_skipped", "ended")
    assert "nothing was approved" in trace.failure_detail
    assert not RoutingAdjustment.objects.exists()
    assert AuditEntry.objects.filter(action="checkpoint.expired").count() == 1
    assert list(ledger.violations()) == []
    assert dismiss(after_any(asked)) == {"dismissed": 0}


def after_any(asked: HumanCheckpoint) -> datetime:
    return asked.created_at + 999 * HOUR


def test_spec_95_a_normal_question_never_lapses(tenant):
    trace = factories.run_loop(tenant)
    assert dismiss(after(trace, 9999 * HOUR)) == {"dismissed": 0}


def test_a_recovery_nobody_answered_stays_pending_and_may_be_asked_again(tenant):
    set_rules(tenant, priority_overrides={"approve_recovery": "low"}, auto_dismiss_after_hours=2)
    trace = factories.run_loop(tenant)
    dismiss(after(trace, 3 * HOUR))

    trace.refresh_from_db()
    assert trace.failure_state == "human_checkpoint_expired"
    assert RecoveryCandidate.objects.get().status == "pending"

    reviewer = factories.make_actor(tenant)
    resuming.retry(trace_id=trace.pk, stage=trace.current_stage, by=reviewer, now=timezone.now())
    trace.refresh_from_db()
    assert trace.is_blocked
    assert list(ledger.violations()) == []


def test_silence_never_adjusts_routing_not_even_after_a_retry(tenant):
    trace = asked_about_routing(tenant)
    dismiss(after(trace, 49 * HOUR))
    loops.retry(
        trace_id=trace.pk,
        stage=trace.current_stage,
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    factories.advance()
    trace.refresh_from_db()
    assert trace.is_blocked
    assert not RoutingAdjustment.objects.exists()


def test_a_person_who_answers_while_it_lapses_is_not_overruled(tenant):
    set_rules(tenant, priority_overrides={"approve_recovery": "low"}, auto_dismiss_after_hours=1)
    reviewer = factories.make_actor(tenant)
    for number in range(6):
        trace = factories.run_loop(tenant, error_type=f"kind_{number}")
        asked = factories.checkpoint_of(trace)
        late = after(trace, 2 * HOUR)

        def answer(*, asked_id: str = asked.pk) -> bool:
            try:
                resuming.resolve(
                    checkpoint_id=asked_id,
                    resolution="apply",
                    note="",
                    by=reviewer,
                    now=timezone.now(),
                )
            except AlreadyDecided:
                return False
            return True

        acts: list[Callable[[], bool]] = [
            answer,
            lambda late=late: bool(dismiss(late)["dismissed"]),
        ]
        assert at_once(lambda at, acts=acts: acts[at](), times=2).count(True) == 1
    assert list(ledger.violations()) == []


@pytest.mark.parametrize(
    ("priority", "patience"),
    [("critical", 0.25 * HOUR), ("high", HOUR), ("normal", 24 * HOUR)],
)
def test_what_waits_too_long_is_escalated_once(tenant, priority, patience):
    set_rules(tenant, priority_overrides={"approve_recovery": priority})
    trace = factories.run_loop(tenant)
    assert escalate(after(trace, patience)) == {"escalated": 0}
    told = FeedEntry.objects.count()

    late = after(trace, patience + timedelta(seconds=1))
    assert run_now("escalate_checkpoints", now=late) == {"escalated": 1}

    assert factories.checkpoint_of(trace).escalated_at == late
    assert FeedEntry.objects.count() == told + 1
    assert escalate(late + HOUR) == {"escalated": 0}
    assert list(ledger.violations()) == []


def test_a_low_question_is_never_escalated(tenant):
    trace = asked_about_routing(tenant)
    escalate(after(trace, 9999 * HOUR))
    assert factories.checkpoint_of(trace).escalated_at is None


def test_two_clocks_at_once_escalate_once(tenant):
    trace = factories.run_loop(tenant)
    late = after(trace, 25 * HOUR)
    done = at_once(lambda _: escalate(late)["escalated"], times=4)
    assert sum(done) == 1
    assert AuditEntry.objects.filter(action="checkpoint.escalated").count() == 1


def test_a_tenant_that_does_not_ask_about_recoveries_has_them_stay_pending(tenant):
    set_rules(tenant, enabled_types=[
        "approve_policy", "override_guardrail", "revert_loop", "simulate_routing",
    ])  # fmt: skip
    trace = factories.run_loop(tenant)
    assert not HumanCheckpoint.objects.exists()
    assert RecoveryCandidate.objects.get().status == "pending"
    assert (trace.failure_state, trace.outcome) == ("policy_low_confidence", "ended")
    assert not PolicyRule.objects.exists()
    assert list(ledger.violations()) == []


def test_a_tenant_that_does_not_ask_about_routing_has_it_left_alone(tenant):
    set_rules(tenant, enabled_types=[
        "approve_policy", "override_guardrail", "revert_loop", "approve_recovery",
    ])  # fmt: skip
    trace = asked_about_routing(tenant)
    assert trace.failure_state == "routing_adjustment_skipped"
    assert "asks nobody about routing" in trace.failure_detail
    assert not RoutingAdjustment.objects.exists()
    assert PolicyRule.objects.get().mode == PolicyMode.ACTIVE


WEAK = {"error_type": "tool", "error_code": "e1", "agent_capability": "find"}


def test_a_likeness_that_is_advice_lets_the_loop_go_on_and_approves_no_recovery(tenant):
    factories.make_pattern(
        tenant, error_type="tool", error_code="e1", agent_capability="find",
        api_endpoint="/a", status_code=500,
    )  # fmt: skip
    set_rules(tenant, auto_approve_confidence=0.6)
    trace = factories.run_loop(tenant, **WEAK, api_endpoint="/b", status_code=400)

    advice = HumanCheckpoint.objects.resolved().get(trace=trace)
    assert (advice.stage, advice.priority) == ("pattern_matched", "advisory")
    assert (advice.resolution, advice.resolved_by, advice.auto_dismissed) == ("apply", None, False)
    assert "Not asked" in advice.note
    recovery = RecoveryCandidate.objects.get()
    assert (recovery.status, recovery.confirmations_received) == ("pending", 0)
    waiting = factories.checkpoint_of(trace)
    assert waiting.stage == "recovery_suggested"
    assert waiting.priority != "advisory"
    assert waiting.contract["rules"]["is_mandatory"] is False
    assert list(ledger.violations()) == []
