"""Runs that senders report: promised, acknowledged, moved and closed, each under the run's lock."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from loops.actions import audits, evaluations, governance, run_closing
from loops.actions.run_closing import Closing, RunNotClosed
from loops.domain.runtime_audit import (
    CREATE_INCIDENT,
    EVALUATE_POLICY,
    FINALIZE_RUN,
    START_TRACE,
    Ack,
    Promise,
)
from loops.domain.states import (
    AckStatus,
    RunPhase,
    RunStatus,
    TrafficLabel,
    TransactionPhase,
)
from loops.models import (
    AuditAck,
    AuditExpectation,
    AuditRun,
    FeedEntry,
    Incident,
    LoopTrace,
    PolicyEvaluation,
)
from m25console.access import Actor, system_actor
from m25console.refusals import InvalidInput, NotFound, WrongState
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def sender() -> Actor:
    return system_actor(factories.make_tenant(), label="a machine")


def declared(sender: Actor, run_id: str = "run-1") -> AuditRun:
    return audits.declare(run_id=run_id, by=sender, now=NOW).run


def statuses(run: AuditRun) -> dict[str, str]:
    return dict(run.expectations.values_list("action", "status"))


def acked(run: AuditRun) -> list[tuple[str, str]]:
    return list(run.acks.order_by("pk").values_list("action", "status"))


def evaluation(sender: Actor, **fields: object) -> PolicyEvaluation:
    defaults = {"features": {}, "decision": "allow", "book_version": 1}
    return PolicyEvaluation.objects.create(tenant=sender.tenant, **defaults | fields)


def test_a_run_is_declared_once_whatever_it_is_told_later(sender: Actor):
    first = audits.declare(run_id="run-1", by=sender, now=NOW)
    again = audits.declare(run_id="run-1", by=sender, now=NOW, promises=[Promise(FINALIZE_RUN, 9)])
    assert (first.is_new, again.is_new) == (True, False)
    assert first.run == again.run
    promised = dict(first.run.expectations.values_list("action", "deadline_ms"))
    assert promised == {
        "create_incident": 5000,
        "evaluate_policy": 5000,
        "start_trace": 5000,
        "finalize_run": 35_000,
    }
    assert first.run.next_check_at == NOW + timedelta(seconds=5)


@pytest.mark.parametrize("run_id", ["", "x" * 256, "a\0b", "a\nb", "loop_0123456789abcdef"])
def test_an_id_that_cannot_be_a_senders_is_refused(sender: Actor, run_id: str):
    with pytest.raises(InvalidInput):
        audits.declare(run_id=run_id, by=sender, now=NOW)
    assert not AuditRun.objects.exists()


def test_spec_104_a_rollback_after_a_success_keeps_both_and_fails_the_promise(sender: Actor):
    run = declared(sender)
    audits.acknowledge(run_id=run.run_id, ack=Ack(CREATE_INCIDENT), by=sender, now=NOW)
    assert statuses(run)["create_incident"] == "ACKED"
    undone = Ack(CREATE_INCIDENT, AckStatus.ROLLED_BACK, rolled_back=True, rollback_reason="undone")
    audits.acknowledge(run_id=run.run_id, ack=undone, by=sender, now=NOW)
    assert statuses(run)["create_incident"] == "FAILED"
    assert acked(run) == [("create_incident", "SUCCESS"), ("create_incident", "ROLLED_BACK")]


def test_acknowledgements_are_history(sender: Actor):
    run = declared(sender)
    row = audits.acknowledge(run_id=run.run_id, ack=Ack(START_TRACE), by=sender, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditAck.objects.filter(pk=row.pk).update(status="FAILED")


def test_only_a_loop_speaks_for_its_run(sender: Actor):
    trace = factories.run_loop(sender.tenant)
    with pytest.raises(WrongState, match="keeps its own record"):
        audits.acknowledge(run_id=trace.pk, ack=Ack(FINALIZE_RUN), by=sender, now=NOW)


def test_another_tenants_run_does_not_exist(sender: Actor):
    run = declared(sender)
    stranger = system_actor(factories.make_tenant())
    with pytest.raises(NotFound):
        audits.acknowledge(run_id=run.run_id, ack=Ack(START_TRACE), by=stranger, now=NOW)


def test_a_run_passes_its_phases_in_order_and_its_end_is_acknowledged(sender: Actor):
    run = declared(sender)
    with pytest.raises(WrongState, match="cannot come to EXECUTING"):
        audits.move(run_id=run.run_id, phase=RunPhase.EXECUTING, by=sender, now=NOW)
    for phase in ("AUTHORIZED", "EXECUTING", "GOVERNANCE_CHECK", "FINALIZING", "COMPLETED"):
        run = audits.move(run_id=run.run_id, phase=RunPhase(phase), by=sender, now=NOW)
    assert (run.phase, run.status) == ("COMPLETED", "succeeded")
    assert acked(run) == [("finalize_run", "SUCCESS")]
    assert run.next_check_at == NOW + timedelta(seconds=2)
    with pytest.raises(WrongState):
        audits.move(run_id=run.run_id, phase=RunPhase.FAILED, by=sender, now=NOW)


def test_a_failed_run_is_looked_at_five_seconds_later(sender: Actor):
    run = declared(sender)
    run = audits.move(
        run_id=run.run_id,
        phase=RunPhase.FAILED,
        status=RunStatus.CANCELLED,
        by=sender,
        now=NOW,
    )
    assert (run.status, run.next_check_at) == ("cancelled", NOW + timedelta(seconds=5))


def test_a_status_that_does_not_fit_its_phase_is_refused_by_rule_and_by_database(sender: Actor):
    run = declared(sender)
    with pytest.raises(WrongState, match="cannot be succeeded"):
        audits.move(
            run_id=run.run_id,
            phase=RunPhase.FAILED,
            status=RunStatus.SUCCEEDED,
            by=sender,
            now=NOW,
        )
    with pytest.raises(IntegrityError, match="run_status_fits_its_phase"), transaction.atomic():
        AuditRun.objects.update(phase="COMPLETED", status="running")


def test_under_the_strict_profile_a_run_with_something_amiss_does_not_pass(sender: Actor, settings):
    settings.GOVERNANCE_PROFILE = "STRICT"
    run = declared(sender)
    for phase in ("AUTHORIZED", "EXECUTING", "GOVERNANCE_CHECK"):
        audits.move(run_id=run.run_id, phase=RunPhase(phase), by=sender, now=NOW)
    broken = Ack(EVALUATE_POLICY, AckStatus.FAILED, error="away")
    audits.acknowledge(run_id=run.run_id, ack=broken, by=sender, now=NOW)
    with pytest.raises(WrongState, match="policies/evaluate_policy"):
        audits.move(run_id=run.run_id, phase=RunPhase.FINALIZING, by=sender, now=NOW)
    audits.acknowledge(run_id=run.run_id, ack=Ack(EVALUATE_POLICY), by=sender, now=NOW)
    audits.move(run_id=run.run_id, phase=RunPhase.FINALIZING, by=sender, now=NOW)


def failed(**fields: object) -> Closing:
    return Closing(RunStatus.FAILED, incident=factories.make_report(run_id="run-1"), **fields)


def test_closing_a_failed_run_writes_all_it_led_to(sender: Actor):
    run, asked = declared(sender), evaluation(sender)
    closed = run_closing.close(
        run_id=run.run_id,
        closing=failed(evaluation_id=asked.pk, trace_id="trace-9"),
        by=sender,
        now=NOW,
    )
    incident = Incident.objects.get(tenant=sender.tenant)
    assert closed.results == {
        "incident_id": incident.pk,
        "loop_id": incident.loop_trace_id,
        "evaluation_id": asked.pk,
        "trace_id": "trace-9",
    }
    assert (closed.run.phase, closed.run.status) == ("FAILED", "failed")
    assert incident.source_run_id == "run-1"
    asked.refresh_from_db()
    assert asked.label == TrafficLabel.BAD
    assert statuses(run) == {
        "create_incident": "ACKED",
        "evaluate_policy": "ACKED",
        "start_trace": "PENDING",
        "finalize_run": "ACKED",
    }
    assert FeedEntry.objects.filter(kind="run").exists()


def test_closing_it_again_in_the_same_way_changes_nothing(sender: Actor):
    run = declared(sender)
    first = run_closing.close(run_id=run.run_id, closing=failed(), by=sender, now=NOW)
    again = run_closing.close(run_id=run.run_id, closing=failed(), by=sender, now=NOW)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.results["incident_id"] == first.results["incident_id"]
    assert Incident.objects.count() == 1
    with pytest.raises(WrongState, match="has ended: it is failed"):
        run_closing.close(
            run_id=run.run_id, closing=Closing(RunStatus.SUCCEEDED), by=sender, now=NOW
        )


def test_a_failed_run_is_not_closed_without_its_incident(sender: Actor):
    run = declared(sender)
    with pytest.raises(InvalidInput):
        run_closing.close(run_id=run.run_id, closing=Closing(RunStatus.FAILED), by=sender, now=NOW)
    audits.acknowledge(run_id=run.run_id, ack=Ack(CREATE_INCIDENT), by=sender, now=NOW)
    run_closing.close(run_id=run.run_id, closing=Closing(RunStatus.FAILED), by=sender, now=NOW)


def test_a_run_that_went_well_needs_no_incident_and_its_request_was_good(sender: Actor):
    run, asked = declared(sender), evaluation(sender)
    run_closing.close(
        run_id=run.run_id,
        closing=Closing(RunStatus.SUCCEEDED, evaluation_id=asked.pk),
        by=sender,
        now=NOW,
    )
    asked.refresh_from_db()
    assert asked.label == TrafficLabel.GOOD
    assert "not_needed" in run.acks.get(action="create_incident").metadata
    assert not Incident.objects.exists()


def test_spec_107_what_fails_after_the_incident_takes_it_back(sender: Actor):
    run, asked = declared(sender), evaluation(sender)
    evaluations.label(
        evaluation_id=asked.pk, label=TrafficLabel.GOOD, source="somebody", by=sender, now=NOW
    )
    FeedEntry.objects.all().delete()

    with pytest.raises(RunNotClosed) as refused:
        run_closing.close(
            run_id=run.run_id, closing=failed(evaluation_id=asked.pk), by=sender, now=NOW
        )

    assert refused.value.status_code == 409
    assert refused.value.phase is TransactionPhase.INCIDENT_CREATED
    assert refused.value.partial_results["incident_id"].startswith("inc_")
    assert not Incident.objects.exists()
    assert not LoopTrace.objects.exists()
    assert not FeedEntry.objects.exists()
    [rolled_back] = AuditAck.objects.all()
    assert (rolled_back.action, rolled_back.status) == ("create_incident", "ROLLED_BACK")
    assert rolled_back.rolled_back
    assert "somebody" in str(rolled_back.rollback_reason)
    assert rolled_back.metadata == {
        "rollback_phase": "INCIDENT_CREATED",
        "rollback_success": True,
    }
    run.refresh_from_db()
    assert (run.phase, run.status) == ("CREATED", "queued")


def test_spec_107_a_database_that_refuses_the_evaluation_takes_the_incident_back(sender: Actor):
    run, asked = declared(sender), evaluation(sender)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE policy_evaluations ADD CONSTRAINT never_bad CHECK (label <> 'bad')"
        )
    with pytest.raises(RunNotClosed) as refused:
        run_closing.close(
            run_id=run.run_id, closing=failed(evaluation_id=asked.pk), by=sender, now=NOW
        )
    assert refused.value.status_code == 500
    assert "never_bad" not in str(refused.value)
    assert not Incident.objects.exists()
    assert [one.status for one in AuditAck.objects.all()] == ["ROLLED_BACK"]


def test_an_observing_console_closes_nothing(sender: Actor, settings):
    settings.GOVERNANCE_PROFILE = "OBSERVE_ONLY"
    run = declared(sender)
    with pytest.raises(WrongState, match="only observes"):
        run_closing.close(run_id=run.run_id, closing=failed(), by=sender, now=NOW)


def test_the_strict_profile_closes_a_run_from_its_last_phase_only(sender: Actor, settings):
    settings.GOVERNANCE_PROFILE = "STRICT"
    run = declared(sender)
    with pytest.raises(WrongState, match="phase CREATED cannot be closed yet"):
        run_closing.close(
            run_id=run.run_id, closing=Closing(RunStatus.SUCCEEDED), by=sender, now=NOW
        )


def test_spec_108_the_console_does_not_start_on_a_store_that_forgets(settings):
    governance.check_durability(governance.configured_store())
    with pytest.raises(ImproperlyConfigured, match="RAC_ENABLED"):
        governance.check_durability("django.db.backends.dummy")
    settings.RAC_ENABLED = False
    governance.check_durability("django.db.backends.dummy")


def test_the_strict_profile_wants_to_know_that_its_store_remembers(settings):
    governance.check_durability("somebody.elses.backend")
    settings.GOVERNANCE_PROFILE = "STRICT"
    with pytest.raises(ImproperlyConfigured):
        governance.check_durability("somebody.elses.backend")


@pytest.mark.django_db(transaction=True)
def test_two_closings_at_once_write_one_incident():
    sender = system_actor(factories.make_tenant())
    run = declared(sender)
    together, told = Barrier(2), []

    def close() -> None:
        together.wait()
        closed = run_closing.close(run_id=run.run_id, closing=failed(), by=sender, now=NOW)
        told.append(closed.is_new)
        connection.close()

    threads = [Thread(target=close) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(told) == [False, True]
    assert Incident.objects.count() == 1
    assert AuditExpectation.objects.filter(run=run).count() == 4
