from datetime import timedelta

import pytest
from django.utils import timezone

from loops.engine import ledger
from loops.engine.lapsing import dismiss, escalate
from loops.engine.periodic import run_now
from loops.engine.reminding import remind
from loops.models import FeedEntry
from m25console.models import AuditEntry, Tenant
from tests import factories
from tests.loops.engine.test_lapsing import after, asked_about_routing, set_rules
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def quiet_now(*, hours: int = 8) -> dict[str, object]:
    """Quiet hours that began an hour ago."""
    begin = timezone.now() - HOUR
    return {
        "days": list(range(7)),
        "starts": f"{begin:%H:%M}",
        "ends": f"{begin + hours * HOUR:%H:%M}",
        "zone": "UTC",
    }


@pytest.mark.parametrize(("priority", "wait"), [("high", 0.75 * HOUR), ("normal", 22 * HOUR)])
def test_people_are_reminded_once_before_an_answer_is_due(tenant, priority, wait):
    set_rules(tenant, priority_overrides={"approve_recovery": priority})
    trace = factories.run_loop(tenant)
    assert remind(after(trace, wait)) == {"due_soon": 0, "lapse_soon": 0}
    told = FeedEntry.objects.count()

    soon = after(trace, wait + SECOND)
    assert run_now("remind_of_checkpoints", now=soon) == {"due_soon": 1, "lapse_soon": 0}

    assert factories.checkpoint_of(trace).reminded_at == soon
    note = AuditEntry.objects.get(action="checkpoint.reminded").note
    assert note == "A reminder: its answer is due soon."
    assert FeedEntry.objects.count() == told + 1
    assert remind(soon + HOUR) == {"due_soon": 0, "lapse_soon": 0}
    assert list(ledger.violations()) == []


def test_people_are_reminded_once_before_a_question_lapses(tenant):
    trace = asked_about_routing(tenant)
    assert remind(after(trace, 45.9 * HOUR))["lapse_soon"] == 0
    assert remind(after(trace, 46 * HOUR))["lapse_soon"] == 1
    assert remind(after(trace, 47 * HOUR))["lapse_soon"] == 0
    assert list(ledger.violations()) == []


def test_two_clocks_at_once_remind_once(tenant):
    trace = factories.run_loop(tenant)
    late = after(trace, 23 * HOUR)
    assert sum(at_once(lambda _: remind(late)["due_soon"], times=4)) == 1
    assert AuditEntry.objects.filter(action="checkpoint.reminded").count() == 1


def test_in_quiet_hours_clocks_rest_but_those_of_critical_questions(tenant):
    set_rules(
        tenant,
        quiet_hours=quiet_now(),
        priority_overrides={"approve_recovery": "high", "simulate_routing": "critical"},
    )
    trace = factories.run_loop(tenant)
    in_them, afterwards = after(trace, 6 * HOUR), after(trace, 7.7 * HOUR)
    assert remind(in_them)["due_soon"] == 0
    assert escalate(in_them) == {"escalated": 0}
    assert remind(afterwards)["due_soon"] == 0  # forty minutes of waking
    assert remind(afterwards + 0.2 * HOUR)["due_soon"] == 1
    assert escalate(afterwards + 0.5 * HOUR) == {"escalated": 1}


def test_a_critical_question_disturbs_at_night(tenant):
    set_rules(tenant, quiet_hours=quiet_now(), priority_overrides={"approve_recovery": "critical"})
    trace = factories.run_loop(tenant)
    assert escalate(after(trace, 0.3 * HOUR)) == {"escalated": 1}


def test_nothing_lapses_in_quiet_hours_nor_at_once_when_they_end(tenant):
    trace = asked_about_routing(tenant)
    asked = factories.checkpoint_of(trace)
    begin = asked.expires_at - HOUR
    night = {
        "days": list(range(7)),
        "starts": f"{begin:%H:%M}",
        "ends": f"{begin + 8 * HOUR:%H:%M}",
        "zone": "UTC",
    }
    set_rules(tenant, quiet_hours=night)
    ends = begin.replace(second=0, microsecond=0) + 8 * HOUR
    assert dismiss(asked.expires_at + HOUR) == {"dismissed": 0}
    assert remind(asked.expires_at + HOUR)["lapse_soon"] == 0
    assert dismiss(ends + 0.5 * HOUR) == {"dismissed": 0}
    assert remind(ends + 0.5 * HOUR)["lapse_soon"] == 1
    assert dismiss(ends + 1.1 * HOUR) == {"dismissed": 1}


def test_a_tenant_whose_silence_means_wait_is_neither_escalated_nor_overruled(tenant):
    set_rules(tenant, silence={"simulate_routing": "wait", "approve_recovery": "wait"})
    trace = asked_about_routing(tenant)
    late = after(trace, 9999 * HOUR)
    assert dismiss(late) == {"dismissed": 0}
    assert escalate(late) == {"escalated": 0}
    assert factories.checkpoint_of(trace).contract["rules"]["silence"] == "wait"


def test_a_tenant_may_have_a_low_question_escalated_instead(tenant):
    set_rules(tenant, silence={"simulate_routing": "escalate"})
    trace = asked_about_routing(tenant)
    late = after(trace, 24.1 * HOUR)
    escalate(late)
    assert factories.checkpoint_of(trace).escalated_at == late
    assert dismiss(late + 99 * HOUR) == {"dismissed": 0}


def test_a_tenant_may_let_a_normal_question_lapse_and_nothing_is_approved(tenant):
    set_rules(tenant, silence={"approve_recovery": "lapse"}, auto_dismiss_after_hours=2)
    trace = factories.run_loop(tenant)
    assert dismiss(after(trace, 2.1 * HOUR)) == {"dismissed": 1}
    trace.refresh_from_db()
    assert trace.failure_state == "human_checkpoint_expired"
    assert list(ledger.violations()) == []
