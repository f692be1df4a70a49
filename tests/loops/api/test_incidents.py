import gzip
from datetime import UTC, datetime

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loops.domain.states import Severity
from loops.models import Incident, LoopEvent, LoopTrace
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import machine_of

FULL = {
    "error_type": "timeout",
    "error_code": "E504",
    "message": "Upstream did not answer within 30 s",
    "severity": "high",
    "title": "Model gateway timed out",
    "context": {"region": "eu", "attempt": 3},
    "agent_id": "agent-7",
    "agent_capability": "summarise",
    "api_endpoint": "/v1/chat",
    "status_code": 504,
    "run_id": "run-12",
    "external_id": "ext-1",
    "occurred_at": "2026-01-31T09:30:00Z",
}


def test_an_accepted_incident_is_stored_with_its_loop_and_first_event(machine, tenant):
    answer = machine.post("/incidents", FULL)
    assert answer.status_code == 202
    told = answer.json()
    assert told["status"] == "accepted"
    assert answer["Location"] == f"/api/v1/incidents/{told['incident_id']}"
    stored = Incident.objects.get(pk=told["incident_id"])
    assert stored.tenant == tenant
    assert (stored.error_type, stored.severity) == ("timeout", Severity.HIGH)
    assert stored.started_at == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    trace = LoopTrace.objects.get(pk=told["loop_id"])
    assert trace.incident == stored
    assert trace.next_run_at is not None
    assert LoopEvent.objects.filter(trace=trace).count() == 1


def test_what_was_sent_is_read_back(machine):
    sent = machine.post("/incidents", FULL).json()
    read = machine.get(f"/incidents/{sent['incident_id']}").json()
    told = {name: read[name] for name in FULL if name != "occurred_at"}
    assert told == {name: value for name, value in FULL.items() if name != "occurred_at"}
    assert datetime.fromisoformat(read["occurred_at"]) == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert read["loop_id"] == sent["loop_id"]
    assert read["links"]["loop"] == f"/api/v1/loops/{sent['loop_id']}"


def test_spec_36_the_same_incident_twice_is_answered_as_a_duplicate(machine):
    first = machine.post("/incidents", FULL)
    second = machine.post("/incidents", dict(reversed(FULL.items())))
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json() == first.json() | {"status": "duplicate"}
    assert Incident.objects.count() == LoopTrace.objects.count() == LoopEvent.objects.count() == 1


def test_spec_36_a_duplicate_of_an_advanced_loop_counts_its_pattern_once(machine):
    first = machine.post("/incidents", FULL).json()
    factories.advance()
    again = machine.post("/incidents", FULL)
    factories.advance()
    assert again.json()["loop_id"] == first["loop_id"]
    pattern = Incident.objects.get().matched_pattern
    assert pattern is not None
    assert pattern.occurrence_count == 1


def test_a_repeat_under_the_same_idempotency_key_is_a_duplicate(machine):
    document = {"error_type": "timeout"}
    first = machine.post("/incidents", document, **{"Idempotency-Key": "k-1"})
    second = machine.post("/incidents", document, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, second.status_code) == (202, 200)
    assert second.json()["incident_id"] == first.json()["incident_id"]


def test_without_a_name_every_report_is_a_new_incident(machine):
    answers = [machine.post("/incidents", {"error_type": "timeout"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert Incident.objects.count() == 2


@pytest.mark.parametrize("named_by", ["external_id", "Idempotency-Key"])
def test_other_content_under_the_same_name_is_a_conflict_that_names_the_first(machine, named_by):
    headers = {named_by: "x-1"} if named_by == "Idempotency-Key" else {}
    body = {"external_id": "x-1"} if named_by == "external_id" else {}
    first = machine.post("/incidents", {"error_type": "timeout"} | body, **headers).json()
    answer = machine.post("/incidents", {"error_type": "auth_error"} | body, **headers)
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "conflict"
    assert error["incident_id"] == first["incident_id"]
    assert error["loop_id"] == first["loop_id"]
    assert first["incident_id"] in error["message"]
    assert Incident.objects.count() == 1


def test_external_ids_belong_to_their_tenant(machine):
    other = machine_of(factories.make_tenant(), scopes=[Scope.INCIDENTS_WRITE])
    assert machine.post("/incidents", FULL).status_code == 202
    assert other.post("/incidents", FULL).status_code == 202


@pytest.mark.parametrize("key", ["", "k" * 201, "tab\tinside", "schlüssel"])
def test_an_idempotency_key_that_cannot_be_kept_is_refused(machine, key):
    answer = machine.send("/incidents", b'{"error_type": "x"}', **{"Idempotency-Key": key})
    assert answer.status_code == 400
    assert Incident.objects.count() == 0


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/error_type"),
        ({"error_type": "  "}, "/error_type"),
        ({"error_type": 3}, "/error_type"),
        ({"error_type": "x", "severity": "awful"}, "/severity"),
        ({"error_type": "x", "occurred_at": "yesterday"}, "/occurred_at"),
        ({"error_type": "x", "occurred_at": "2026-01-31T09:30:00"}, "/occurred_at"),
        ({"error_type": "x", "status_code": 2**31}, "/status_code"),
        ({"error_type": "x", "context": []}, "/context"),
        ({"error_type": "x", "context": {"a": {"b/c": "\0"}}}, "/context/a/b~1c"),
    ],
)
def test_a_wrong_value_is_named_by_its_pointer(machine, document, pointer):
    answer = machine.post("/incidents", document)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == [pointer]
    assert Incident.objects.count() == 0


def test_a_packed_report_is_unpacked(machine):
    packed = gzip.compress(orjson.dumps(FULL))
    answer = machine.send("/incidents", packed, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 202


def test_intake_takes_two_queries(machine):
    machine.post("/incidents", FULL | {"external_id": "warm"})  # a token's use is noted once
    with CaptureQueriesContext(
        connection,
    ) as queries:
        machine.post("/incidents", FULL)
    assert len(queries) == 2, [one["sql"][:80] for one in queries]


def test_a_duplicate_takes_three_queries(machine):
    machine.post("/incidents", FULL)
    with CaptureQueriesContext(connection) as queries:
        machine.post("/incidents", FULL)
    assert len(queries) == 3


def test_incidents_are_listed_by_what_they_are(machine, tenant):
    factories.run_loop(tenant, error_type="timeout", severity="low", title="a")
    factories.run_loop(tenant, error_type="auth_error", severity="high", title="b")
    assert [one["title"] for one in machine.get("/incidents").json()["items"]] == ["b", "a"]
    assert _titles(machine, severity="low") == ["a"]
    assert _titles(machine, status="open") == ["b", "a"]
    assert _titles(machine, status="resolved") == []
    pattern = Incident.objects.get(title="b").matched_pattern_id
    assert _titles(machine, pattern=pattern) == ["b"]


def _titles(machine, **query):
    return [one["title"] for one in machine.get("/incidents", **query).json()["items"]]


@pytest.mark.parametrize(
    "query", [{"severity": "awful"}, {"status": "x"}, {"pattern": "a\0b"}, {"limit": "0"}]
)
def test_a_filter_that_makes_no_sense_is_refused(machine, query):
    answer = machine.get("/incidents", **query)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == list(query)
