"""Failures that matchers outside report: suggested for, judged, and taken in once."""

from uuid import uuid4

import pytest

from loops.models import FailureMatch, Incident, LoopTrace, RecoveryCandidate
from m25console.models import Tenant
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    return machine_of(tenant, scopes=[Scope.INCIDENTS_WRITE, Scope.READ])


def failure(**fields):
    defaults = {"failure_match_id": str(uuid4()), "error_type": "TIMEOUT"}
    return defaults | fields


def test_spec_116_the_same_failure_is_taken_in_once_and_counted(machine):
    sent = failure(error_message="Connection timed out after 30s")
    first, second = machine.post("/recovery/ingest", sent), machine.post("/recovery/ingest", sent)
    assert (first.status_code, first.json()["status"]) == (202, "accepted")
    assert (second.status_code, second.json()["status"]) == (200, "duplicate")
    assert second.json()["occurrence_count"] == 2
    assert second.json()["incident_id"] == first.json()["incident_id"]
    row = FailureMatch.objects.get()
    assert (row.occurrence_count, row.error_signature) == (2, "6837f520d7bd3c73")
    assert Incident.objects.count() == 1


def test_its_loop_runs_like_any_other(machine, tenant):
    answer = machine.post("/recovery/ingest", failure(agent_id="booking", severity="high"))
    factories.advance()
    trace = LoopTrace.objects.get(incident=answer.json()["incident_id"])
    assert RecoveryCandidate.objects.get(trace=trace).tenant == tenant
    assert trace.incident.severity == "high"


def test_a_repeated_key_changes_nothing(machine):
    first = machine.post("/recovery/ingest", failure(idempotency_key="k-1"))
    other = machine.post("/recovery/ingest", failure(idempotency_key="k-1"))
    assert other.json()["status"] == "duplicate"
    assert other.json()["incident_id"] == first.json()["incident_id"]
    assert FailureMatch.objects.get().occurrence_count == 1


def test_what_is_kept_holds_no_secret(machine):
    machine.post("/recovery/ingest", failure(error_message="login failed, password=hunter2"))
    assert "hunter2" not in FailureMatch.objects.get().error_message


def test_another_tenant_may_use_the_same_id(machine):
    sent = failure()
    other = machine_of(factories.make_tenant(), scopes=[Scope.INCIDENTS_WRITE])
    assert machine.post("/recovery/ingest", sent).status_code == 202
    assert other.post("/recovery/ingest", sent).status_code == 202


def test_an_unknown_failure_gets_the_hint_for_its_code(machine):
    said = machine.post("/recovery/suggest", {"error_code": "RATE_LIMITED"}).json()
    assert "fewer requests" in said["suggestion"]
    assert (said["confidence"], said["category"]) == (0.2, "RESOURCE")
    assert said["recovery_mode"] == "RETRY_WITH_JITTER"
    assert said["judgement"]["selected_action"] == "retry_exponential"
    assert not FailureMatch.objects.exists()


def test_a_suggestion_is_kept_under_its_id_and_counted(machine):
    sent = failure()
    machine.post("/recovery/suggest", sent)
    again = machine.post("/recovery/suggest", sent).json()
    assert again["occurrence_count"] == 2
    assert FailureMatch.objects.get().suggestion == again["suggestion"]
    taken_in = machine.post("/recovery/ingest", sent)
    assert (taken_in.status_code, taken_in.json()["occurrence_count"]) == (202, 3)
    assert FailureMatch.objects.count() == 1


def test_a_code_that_the_catalogue_knows_is_as_good_as_known(machine):
    sent = failure()
    machine.post("/recovery/suggest", sent)
    machine.post("/recovery/ingest", sent)
    factories.advance()
    said = machine.post("/recovery/suggest", {"error_type": "TIMEOUT"}).json()
    assert (said["confidence"], said["occurrences"]) == (0.95, 2)


def test_rules_are_judged_without_storing_anything(machine, settings):
    sent = {"error_code": "TIMEOUT", "occurrences": 5, "in_catalogue": True}
    said = machine.post("/recovery/evaluate", sent).json()
    assert (said["total"], said["rule_confidence"]) == (0.775, 0.875)
    assert (said["combined_confidence"], said["auto_executable"]) == (0.9125, False)
    settings.RECOVERY_AUTO_EXECUTE = True
    assert machine.post("/recovery/evaluate", sent).json()["auto_executable"] is True
    assert not FailureMatch.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"failure_match_id": "no uuid"},
        {"failure_match_id": str(uuid4()), "error_type": "a\0b"},
        {"failure_match_id": str(uuid4()), "severity": "worst"},
    ],
)
def test_what_is_no_failure_is_refused(machine, sent):
    assert machine.post("/recovery/ingest", sent).status_code == 422
    assert not Incident.objects.exists()
