"""Counting by the hour: exact, again and again, late, and by several at once."""

from datetime import datetime, timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from loops.actions import deliveries
from loops.domain.figures import Series
from loops.engine import ledger, resuming
from loops.engine.figures import UNSEEN_FOR, count_figures
from loops.models import Figure, FigureMark, HumanCheckpoint, Incident, LoopTrace, StaleHour
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories, notifying
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def figures(tenant: Tenant, series: Series) -> dict[str, int]:
    rows = Figure.objects.filter(tenant=tenant, series=series)
    return {one.label: one.value for one in rows}


def test_messages_are_counted_by_channel_as_they_stand_even_if_sent_again_later(tenant):
    channel = notifying.make_channel(tenant)  # by mail, and there is no server
    factories.run_loop(tenant)
    notifying.tell()
    count_figures(timezone.now())
    assert figures(tenant, Series.DELIVERIES) == {f"{channel.pk}/waiting": 1}
    notifying.send_what_is_due()
    count_figures(timezone.now())
    assert figures(tenant, Series.DELIVERIES) == {f"{channel.pk}/failed": 1}

    admin = factories.make_actor(tenant, role=Role.ADMIN)
    deliveries.retry_failed(channel_id=channel.pk, by=admin, now=later())
    count_figures(later())
    assert figures(tenant, Series.DELIVERIES) == {f"{channel.pk}/waiting": 1}
    assert list(ledger.violations()) == []


def later() -> datetime:
    """When all that just happened is long enough ago to be compared."""
    return timezone.now() + 2 * UNSEEN_FOR


def test_spec_78_every_series_is_counted_from_its_rows(tenant):
    factories.routed_loop(tenant)  # three that teach, and a fourth
    waiting = factories.run_loop(tenant, error_type="waits")
    reviewer = factories.make_actor(tenant)
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(waiting).pk,
        resolution="reject",
        note="It would charge twice.",
        by=reviewer,
        now=timezone.now(),
    )
    factories.make_regret(factories.prevent(tenant).policy)

    count_figures(timezone.now())

    incidents = Incident.objects.filter(tenant=tenant).count()
    assert sum(figures(tenant, Series.LOOPS).values()) == incidents
    assert sum(figures(tenant, Series.BANDS).values()) == incidents
    assert figures(tenant, Series.DECISIONS)["reject/web"] == 1
    assert sum(figures(tenant, Series.WAITS).values()) == 1
    assert sum(figures(tenant, Series.REJECTIONS).values()) == 1
    assert reviewer.user
    assert figures(tenant, Series.DECIDED_BY) == {str(reviewer.user.pk): 1}
    assert figures(tenant, Series.PREVENTIONS) == {"prevented": 1}
    assert figures(tenant, Series.REGRETS) == {"false_positive": 1}
    assert figures(tenant, Series.POLICY_MOVES)["active"] >= 1


def test_counting_again_changes_nothing(tenant):
    factories.run_loops(tenant, times=3)
    count_figures(timezone.now())
    before = list(Figure.objects.order_by("pk").values("hour", "series", "label", "value"))

    count_figures(timezone.now())

    after = list(Figure.objects.order_by("pk").values("hour", "series", "label", "value"))
    assert after == before
    assert not StaleHour.objects.exists()


def test_an_hour_long_past_is_counted_again_when_a_loop_of_it_moves(tenant):
    trace = factories.run_loop(tenant)
    long_ago = timezone.now() - timedelta(days=40)
    LoopTrace.objects.filter(pk=trace.pk).update(started_at=long_ago)
    Incident.objects.filter(pk=trace.incident_id).update(created_at=long_ago)
    count_figures(timezone.now())
    assert figures(tenant, Series.LOOPS) == {"waiting": 1}

    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="reject",
        note="No.",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    count_figures(timezone.now())

    assert figures(tenant, Series.LOOPS) == {"ended": 1}


def test_a_quiet_tenant_costs_no_count(tenant):
    factories.run_loop(tenant)
    count_figures(timezone.now())
    count_figures(later())  # looks once more at what may have been on its way

    assert count_figures(later()) == {"changed": 0, "counted": 0}


def test_simulated_proof_is_not_counted(tenant):
    policy = factories.make_policy(tenant)
    factories.make_prevention(policy, is_simulated=True)
    factories.make_regret(policy, is_simulated=True)

    count_figures(timezone.now())

    assert figures(tenant, Series.PREVENTIONS) == figures(tenant, Series.REGRETS) == {}


def test_an_hour_counted_by_several_at_once_is_counted_once(tenant):
    factories.report(tenant, times=5)

    at_once(lambda _: count_figures(timezone.now()), times=4)

    assert figures(tenant, Series.LOOPS) == {"running": 5}
    assert not StaleHour.objects.exists()


def test_a_change_noted_while_its_hour_is_being_counted_is_not_forgotten(tenant):
    """Fails with DO NOTHING in the note: it would take the row that is about to go for its own."""
    factories.report(tenant)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    StaleHour.objects.create(tenant=tenant, hour=hour)

    is_locked = Event()

    def count_slowly_or_note(number: int) -> None:
        if number:
            assert is_locked.wait(timeout=20)
            count_figures(timezone.now())
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM stale_hours FOR UPDATE")
            is_locked.set()
            cursor.execute("SELECT pg_sleep(1)")
            cursor.execute("DELETE FROM stale_hours")

    at_once(count_slowly_or_note, times=2)

    assert figures(tenant, Series.LOOPS) == {"running": 1}


def test_spec_78_the_ledger_finds_a_figure_that_differs_from_a_recount(tenant):
    factories.run_loops(tenant, times=3)
    count_figures(timezone.now())
    count_figures(later())
    assert list(ledger.violations()) == []

    Figure.objects.filter(tenant=tenant, series=Series.LOOPS, label="complete").update(value=9)

    [found] = ledger.violations(tenant_id=tenant.pk)
    assert found.rule.name == "figures_equal_a_recount"
    assert "says 9, the rows say 1" in found.detail


def test_what_changed_since_the_last_count_is_no_violation(tenant):
    factories.run_loop(tenant)
    count_figures(timezone.now())
    factories.run_loop(tenant)

    assert list(ledger.violations()) == []
    assert FigureMark.objects.get(tenant=tenant).looked_until <= timezone.now()
    assert HumanCheckpoint.objects.pending().exists()
