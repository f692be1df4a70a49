"""Every fifteen minutes: what expired ends, what does harm is taken back, what is unknown waits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.domain.routing import KPI_WINDOW
from loops.domain.states import FailureState, LoopOutcome, Stage
from loops.engine import ledger, periodic, routing_watch
from loops.models import FeedEntry, LoopTrace, RoutingAdjustment
from m25console.models import AuditEntry, Tenant
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)  # the ledger reads from a moment of its own
HOUR = timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def routed(tenant: Tenant, *, decisions: int = 100, successes: int = 95) -> LoopTrace:
    """A loop that changed the weight of an agent that did so well in the hour before."""
    if decisions:
        before = timezone.now() - HOUR
        factories.tell_traffic(tenant, decisions=decisions, successes=successes, hour=before)
    return factories.routed_loop(tenant)


def watch_after(tenant: Tenant, *, decisions: int, successes: int) -> dict[str, int]:
    """What the watch does after the agent did so in the second hour after the change."""
    later = timezone.now() + 2 * HOUR
    if decisions:
        factories.tell_traffic(tenant, decisions=decisions, successes=successes, hour=later)
    return dict(routing_watch.watch(later))


def test_the_baseline_is_the_share_of_the_day_before(tenant: Tenant):
    long_ago = timezone.now() - KPI_WINDOW - HOUR
    factories.tell_traffic(tenant, decisions=1000, successes=0, hour=long_ago)
    routed(tenant, decisions=40, successes=38)
    made = RoutingAdjustment.objects.get()
    assert (made.kpi_baseline, made.kpi_baseline_decisions) == (0.95, 40)


@pytest.mark.parametrize(
    ("successes", "undone"), [(90, False), (855, False), (85, True), (82, True)]
)
def test_spec_62_a_drop_of_more_than_a_tenth_takes_the_change_back(tenant, successes, undone):
    routed(tenant)
    told = watch_after(tenant, decisions=1000 if successes > 100 else 100, successes=successes)
    made = RoutingAdjustment.objects.get()
    assert told["rolled_back"] == undone
    assert (made.was_rolled_back, made.is_active) == (undone, not undone)
    assert made.kpi_current == (0.855 if successes > 100 else successes / 100)


def test_spec_65_a_regression_is_told_everywhere(tenant: Tenant):
    trace = routed(tenant)
    FeedEntry.objects.all().delete()

    watch_after(tenant, decisions=412, successes=338)

    made = RoutingAdjustment.objects.get()
    assert made.rollback_reason is not None
    assert made.rollback_reason.startswith("Success share 0.95 → 0.8204 over 412 decisions since")
    assert made.rolled_back_by == "routing watch"
    assert made.effective(made.created_at) == 0
    trace.refresh_from_db()
    assert trace.failure_state == FailureState.ROUTING_KPI_REGRESSION
    assert (trace.outcome, trace.is_complete) == (LoopOutcome.FAILED, False)
    assert trace.failure_detail == f"Agent a1: {made.rollback_reason}"
    assert trace.current_stage == Stage.LOOP_COMPLETE
    assert FeedEntry.objects.get().trace_id == trace.pk
    actions = AuditEntry.objects.filter(actor_label="routing watch").order_by("pk")
    assert [one.action for one in actions] == ["adjustment.rolled_back", "loop.failed"]
    assert list(ledger.violations()) == []


def test_a_second_run_finds_nothing_more_to_do(tenant: Tenant):
    routed(tenant)
    assert watch_after(tenant, decisions=100, successes=50)["rolled_back"] == 1
    assert watch_after(tenant, decisions=0, successes=0)["rolled_back"] == 0
    assert AuditEntry.objects.filter(action="adjustment.rolled_back").count() == 1


def test_spec_63_without_a_baseline_nothing_is_taken_back(tenant: Tenant):
    routed(tenant, decisions=0)
    told = watch_after(tenant, decisions=100, successes=1)
    assert (told["rolled_back"], told["inconclusive"]) == (0, 1)
    made = RoutingAdjustment.objects.get()
    assert (made.kpi_baseline, made.kpi_current) == (None, 0.01)


def test_spec_63_a_baseline_of_zero_is_no_error(tenant: Tenant):
    routed(tenant, successes=0)
    told = watch_after(tenant, decisions=100, successes=0)
    assert (told["rolled_back"], told["inconclusive"]) == (0, 1)


def test_spec_64_no_decisions_are_a_missing_figure_not_a_perfect_one(tenant: Tenant):
    routed(tenant)
    told = watch_after(tenant, decisions=0, successes=0)
    assert told["inconclusive"] == 1
    made = RoutingAdjustment.objects.get()
    assert (made.kpi_current, made.kpi_decisions) == (None, 0)


def test_a_handful_of_decisions_is_not_enough(tenant: Tenant):
    routed(tenant)
    assert watch_after(tenant, decisions=19, successes=0)["inconclusive"] == 1
    assert RoutingAdjustment.objects.get().is_active


def test_the_hour_of_the_change_is_not_held_against_it(tenant: Tenant):
    routed(tenant)
    factories.tell_traffic(tenant, decisions=1000, successes=0)
    told = watch_after(tenant, decisions=100, successes=95)
    assert (told["rolled_back"], told["success"]) == (0, 1)


def test_what_has_faded_ends_without_being_rolled_back(tenant: Tenant):
    trace = routed(tenant)
    made = RoutingAdjustment.objects.get()
    assert made.expires_at is not None
    assert routing_watch.watch(made.expires_at - timedelta(seconds=1))["expired"] == 0
    assert routing_watch.watch(made.expires_at)["expired"] == 1
    made.refresh_from_db()
    assert (made.is_active, made.was_rolled_back) == (False, False)
    trace.refresh_from_db()
    assert trace.is_complete


def test_a_reverted_loop_keeps_its_own_failure(tenant: Tenant):
    trace = routed(tenant)
    LoopTrace.objects.filter(pk=trace.pk).update(
        is_complete=False, completed_at=None, failure_state=FailureState.REVERTED
    )
    assert watch_after(tenant, decisions=100, successes=0)["rolled_back"] == 1
    trace.refresh_from_db()
    assert trace.failure_state == FailureState.REVERTED


def test_queries_do_not_grow_with_the_adjustments(tenant, django_assert_num_queries):
    factories.tell_traffic(tenant, decisions=100, successes=95, hour=timezone.now() - HOUR)
    factories.routed_loop(tenant)
    now = timezone.now() + 2 * HOUR
    with django_assert_num_queries(13) as few:
        routing_watch.watch(now)
    for number in range(20):
        factories.run_loop(tenant, agent_id=f"other-{number}")
    assert RoutingAdjustment.objects.count() > 20
    with django_assert_num_queries(len(few)):
        routing_watch.watch(now + HOUR)


def test_the_watch_is_a_job_of_the_clock(tenant: Tenant):
    assert periodic.run_now("watch_routing", now=timezone.now())["expired"] == 0


def test_reports_are_forgotten_once_nobody_could_send_them_again(tenant: Tenant):
    factories.tell_traffic(tenant, decisions=1, successes=1)
    now = timezone.now()
    assert routing_watch.forget_reports(now + timedelta(days=31)) == {"forgotten": 0}
    assert routing_watch.forget_reports(now + timedelta(days=31, hours=2)) == {"forgotten": 1}
