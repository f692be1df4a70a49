"""The clock reconciles runs: it writes back what is overdue, tells it once, gives up who left."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

from loops.actions import audits
from loops.domain.runtime_audit import (
    COMPLETE_TRACE,
    CREATE_INCIDENT,
    DEFAULT_PROMISES,
    EVALUATE_POLICY,
    FINALIZE_RUN,
    START_TRACE,
    Ack,
    Key,
)
from loops.domain.states import RunPhase
from loops.engine import audit_tallies, ledger, stuck_loops
from loops.engine.audit_checks import check_audits
from loops.models import AuditAck, AuditAlert, AuditRun, FeedEntry, LoopTrace
from m25console.access import Actor, system_actor
from tests import factories

pytestmark = pytest.mark.django_db
T0 = timezone.now() - timedelta(minutes=10)
FOUR = [one.key for one in DEFAULT_PROMISES]


@pytest.fixture
def sender() -> Actor:
    return system_actor(factories.make_tenant(), label="a machine")


def declared(sender: Actor, *acked: Key, run_id: str = "run-1") -> AuditRun:
    """A run begun at T0 that acknowledged these at once."""
    run = audits.declare(run_id=run_id, by=sender, now=T0).run
    for key in acked:
        audits.acknowledge(run_id=run_id, ack=Ack(key), by=sender, now=T0)
    return run


def checked(run: AuditRun, *, after: float) -> AuditRun:
    check_audits(T0 + timedelta(seconds=after))
    run.refresh_from_db()
    return run


def raised(run: AuditRun) -> set[tuple[str, str, str]]:
    return set(run.alerts.values_list("alert_type", "severity", "key"))


def test_spec_98_a_run_that_did_all_it_promised_is_complete(sender: Actor):
    run = checked(declared(sender, *FOUR), after=1)
    assert run.reconciliation == "COMPLETE"
    assert run.findings == {"missing": [], "drift": [], "failed": [], "expected": 4, "acked": 4}
    assert (run.next_check_at, run.overdue_since) == (None, None)
    assert raised(run) == set()


def test_spec_99_a_run_nobody_heard_of_again_is_stale_and_given_up(sender: Actor):
    run = checked(declared(sender), after=36)
    assert run.reconciliation == "STALE"
    assert len(run.findings["missing"]) == 4
    assert (run.phase, run.status, run.status_code) == ("FAILED", "failed", "STALE_RUN")
    assert set(run.expectations.values_list("status", flat=True)) == {"MISSING"}
    assert run.overdue_since == T0 + timedelta(seconds=5)
    assert ("STALE_RUN", "HIGH", "") in raised(run)


def test_spec_101_dropping_the_end_makes_it_stale_with_one_missing(sender: Actor):
    run = checked(declared(sender, *[key for key in FOUR if key != FINALIZE_RUN]), after=36)
    assert run.reconciliation == "STALE"
    assert run.findings["missing"] == ["orchestrator/finalize_run"]


def test_dropping_one_word_makes_exactly_one_missing(sender: Actor):
    run = declared(sender, CREATE_INCIDENT, EVALUATE_POLICY, FINALIZE_RUN)
    run = checked(run, after=36)
    assert run.reconciliation == "INCOMPLETE"
    assert run.findings["missing"] == ["logs/start_trace"]
    assert list(run.expectations.filter(status="MISSING").values_list("action", flat=True)) == [
        "start_trace"
    ]


def test_spec_105_a_second_after_the_start_nothing_is_written(sender: Actor):
    run = declared(sender)
    check_audits(T0 + timedelta(seconds=1))
    run.refresh_from_db()
    assert (run.reconciliation, run.reconciled_at) == ("PENDING", None)


def test_each_deadline_is_looked_at_as_it_passes(sender: Actor):
    run = checked(declared(sender), after=6)
    assert run.reconciliation == "INCOMPLETE"
    assert run.next_check_at == T0 + timedelta(seconds=35)
    assert run.phase == "CREATED"
    assert {kind for kind, _, _ in raised(run)} == {"EXPECTATION_TIMEOUT"}


def test_spec_103_drift_is_told_once_the_run_has_ended(sender: Actor):
    run = declared(sender, *FOUR, COMPLETE_TRACE, START_TRACE)
    audits.move(run_id=run.run_id, phase=RunPhase.FAILED, by=sender, now=T0)
    run = checked(run, after=6)
    assert run.findings["drift"] == ["logs/start_trace"]
    assert raised(run) == {("DRIFT", "MEDIUM", "logs/start_trace")}


def test_an_alert_is_raised_once_however_often_it_is_found(sender: Actor):
    run = checked(declared(sender), after=36)
    before = raised(run)
    AuditRun.objects.update(next_check_at=T0)
    checked(run, after=90)
    assert raised(run) == before | {("MISSING_ACK", "HIGH", f"{key}") for key in map(str, FOUR)}
    AuditRun.objects.update(next_check_at=T0)
    count = AuditAlert.objects.count()
    checked(run, after=120)
    assert AuditAlert.objects.count() == count


def test_a_word_that_comes_late_is_reconciled_again(sender: Actor):
    run = checked(declared(sender), after=36)
    for key in FOUR:
        later = T0 + timedelta(seconds=60)
        audits.acknowledge(run_id=run.run_id, ack=Ack(key), by=sender, now=later)
    run = checked(run, after=70)
    assert (run.reconciliation, run.overdue_since) == ("COMPLETE", None)
    assert run.status_code == "STALE_RUN"


def test_spec_106_a_run_that_promised_nothing_is_invalid(sender: Actor):
    run = AuditRun.objects.create(
        tenant=sender.tenant, run_id="bare", created_at=T0, next_check_at=T0
    )
    assert checked(run, after=1).reconciliation == "INVALID"


@pytest.mark.django_db(transaction=True)
def test_a_complete_loop_reconciles_complete_two_seconds_later(sender: Actor):
    *_, trace = factories.run_loops(sender.tenant, times=3, message="no seat on flight 7")
    run = AuditRun.objects.get(trace=trace)
    check_audits(timezone.now() + timedelta(seconds=3))
    run.refresh_from_db()
    assert run.reconciliation == "COMPLETE"
    assert list(ledger.violations()) == []


def test_a_loop_that_waits_for_days_is_not_late(sender: Actor):
    trace = factories.run_loop(sender.tenant)
    check_audits(timezone.now() + timedelta(days=3))
    run = AuditRun.objects.get(trace=trace)
    assert (run.reconciliation, run.status) == ("PENDING", "running")
    assert not AuditAlert.objects.exists()


def test_with_the_contract_switched_off_nothing_is_checked(sender: Actor, settings):
    settings.RAC_ENABLED = False
    declared(sender)
    assert check_audits(timezone.now()) == {"enforcement": "disabled"}


def test_open_pages_hear_of_what_is_wrong_and_of_nothing_else(sender: Actor):
    run = declared(sender, *FOUR)
    FeedEntry.objects.all().delete()
    checked(run, after=1)
    assert not FeedEntry.objects.exists()
    checked(declared(sender, run_id="run-2"), after=36)
    assert FeedEntry.objects.filter(kind="run").exists()


def test_the_figures_are_those_of_the_rows(sender: Actor):
    checked(declared(sender, *FOUR), after=1)
    checked(declared(sender, run_id="run-2"), after=36)
    AuditRun.objects.update(next_check_at=T0)
    check_audits(T0 + timedelta(seconds=60))

    class Once:
        def collect(self):
            return audit_tallies.metrics()

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Once())
    told = generate_latest(registry).decode()
    assert 'rac_reconciliation_total{status="COMPLETE"} 2.0' in told
    assert 'rac_reconciliation_total{status="STALE"} 2.0' in told
    assert (
        'rac_missing_actions_total{action="finalize_run",domain="orchestrator"} 1.0' in told
        or 'rac_missing_actions_total{domain="orchestrator",action="finalize_run"} 1.0' in told
    )
    assert "rac_stale_runs_total 1.0" in told
    assert 'aos_audit_alerts_total{alert_type="STALE_RUN",severity="HIGH"} 1.0' in told
    assert 'rac_reconciliation_duration_seconds_bucket{le="+Inf"} 4.0' in told
    assert 'le="0.001"' in told


@pytest.mark.parametrize(
    ("seconds", "label"), [(0.0004, "0.001"), (0.001, "0.001"), (0.3, "0.5"), (0.6, "+Inf")]
)
def test_a_duration_falls_in_the_smallest_bucket_that_holds_it(seconds: float, label: str):
    assert audit_tallies.bucket_of(seconds) == label


def due_for_long(trace: LoopTrace) -> None:
    long_ago = timezone.now() - timedelta(minutes=20)
    LoopTrace.objects.filter(pk=trace.pk).update(
        next_run_at=long_ago, last_activity_at=long_ago, is_blocked=False, failure_state=None,
        pending_checkpoints=[],
    )  # fmt: skip


def test_a_loop_that_is_passed_by_is_told_and_left_as_it_is(sender: Actor):
    stuck, moves = factories.run_loops(sender.tenant, times=2)
    due_for_long(stuck)
    due_for_long(moves)

    def meanwhile(_seconds: float) -> None:
        LoopTrace.objects.filter(pk=moves.pk).update(next_run_at=None)

    told = stuck_loops.watch_loops(timezone.now(), wait=meanwhile)
    assert told == {"stuck": 1, "loops": [stuck.pk]}
    [alert] = AuditAlert.objects.all()
    assert (alert.run.trace_id, alert.key) == (stuck.pk, "loop")
    stuck.refresh_from_db()
    assert stuck.failure_state is None


def test_a_backlog_is_not_stuck(sender: Actor):
    for trace in factories.run_loops(sender.tenant, times=2):
        due_for_long(trace)
    assert stuck_loops.watch_loops(timezone.now(), wait=lambda _s: None)["stuck"] == 0
    assert not AuditAlert.objects.exists()
    assert not AuditAck.objects.filter(status="FAILED").exists()
