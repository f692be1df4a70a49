"""Runs through the API: declared, acknowledged, closed, reconciled."""

import base64
from urllib.parse import quote

import pytest

from loops.models import AuditAck, AuditRun, Incident
from m25console.vocabulary import Scope
from tests import factories
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
BOTH = (Scope.READ, Scope.INCIDENTS_WRITE)


@pytest.fixture
def machine() -> Machine:
    return machine_of(factories.make_tenant(), scopes=BOTH)


def declare(machine: Machine, run_id: str = "run-1", **more: object) -> dict:
    answer = machine.post("/runs", {"run_id": run_id, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ack(machine: Machine, domain: str, action: str, **more: object) -> int:
    document = {"domain": domain, "action": action, **more}
    return machine.post("/runs/run-1/acks", document).status_code


def test_a_run_is_declared_once_and_then_known(machine: Machine):
    first = declare(machine)
    assert first["status"] == "accepted"
    assert first["run"]["phase"] == "CREATED"
    again = machine.post("/runs", {"run_id": "run-1"})
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")


def test_spec_97_it_promises_four_things_unless_told_otherwise(machine: Machine):
    declare(machine)
    items = machine.get("/runs/run-1/expectations").json()["items"]
    assert {(one["domain"], one["action"]): one["deadline_ms"] for one in items} == {
        ("incidents", "create_incident"): 5000,
        ("policies", "evaluate_policy"): 5000,
        ("logs", "start_trace"): 5000,
        ("orchestrator", "finalize_run"): 35_000,
    }


def test_a_run_that_keeps_a_trace_promises_its_end_too(machine: Machine):
    declare(machine, keeps_trace=True)
    items = machine.get("/runs/run-1/expectations").json()["items"]
    assert ("complete_trace", 35_000) in [(one["action"], one["deadline_ms"]) for one in items]


def test_promises_of_its_own_choice(machine: Machine):
    chosen = [{"domain": "orchestrator", "action": "finalize_run", "deadline_ms": 90_000}]
    declare(machine, expectations=chosen)
    added = machine.post(
        "/runs/run-1/expectations",
        {"expectations": [{"domain": "logs", "action": "start_trace"}]},
    )
    assert added.status_code == 200
    assert [(one["action"], one["deadline_ms"]) for one in added.json()["items"]] == [
        ("finalize_run", 90_000),
        ("start_trace", 5000),
    ]


def test_a_run_that_does_all_it_promised_reconciles_complete(machine: Machine):
    declare(machine)
    assert machine.get("/runs/run-1/reconciliation").json()["status"] == "PENDING"
    assert ack(machine, "incidents", "create_incident", result_id="inc_1") == 201
    assert ack(machine, "policies", "evaluate_policy") == 201
    assert ack(machine, "logs", "start_trace") == 201
    assert ack(machine, "orchestrator", "finalize_run") == 201
    found = machine.get("/runs/run-1/reconciliation").json()
    assert (found["status"], found["is_clean"]) == ("COMPLETE", True)
    assert (found["expected"], found["acked"]) == (4, 4)


def test_what_was_said_is_kept_in_order(machine: Machine):
    declare(machine)
    ack(machine, "incidents", "create_incident")
    ack(machine, "incidents", "create_incident", status="ROLLED_BACK", rollback_reason="undone")
    items = machine.get("/runs/run-1/acks").json()["items"]
    assert [one["status"] for one in items] == ["SUCCESS", "ROLLED_BACK"]
    assert items[1]["rolled_back"]
    assert machine.get("/runs/run-1/reconciliation").json()["failed"] == [
        "incidents/create_incident"
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"domain": "logs", "action": "create_incident"},
        {"domain": "logs", "action": "start_trace", "status": "ROLLED_BACK"},
        {"domain": "logs", "action": "start_trace", "rollback_reason": "undone"},
        {"domain": "logs", "action": "start_trace", "error": "a\0b"},
        {"domain": "else", "action": "start_trace"},
    ],
)
def test_a_word_that_makes_no_sense_is_refused(machine: Machine, document: dict):
    declare(machine)
    assert machine.post("/runs/run-1/acks", document).status_code == 422
    assert not AuditAck.objects.exists()


@pytest.mark.parametrize("run_id", ["", "a\0b", "x" * 256, "loop_1", 7, None])
def test_an_id_that_cannot_be_one_is_refused(machine: Machine, run_id: object):
    assert machine.post("/runs", {"run_id": run_id}).status_code == 422


@pytest.mark.parametrize(
    "run_id", ["a b", "a/b/c", "~tilde", "..", "r?x=1#y", "Lauf №7", "x" * 255, "%2F"]
)
def test_free_text_is_addressed_by_its_link(machine: Machine, run_id: str):
    made = declare(machine, run_id)
    path = made["run"]["links"]["self"].removeprefix("/api/v1")
    answer = machine.get(path)
    assert answer.status_code == 200
    assert answer.json()["run_id"] == run_id
    assert machine.post(f"{path}/phase", {"phase": "AUTHORIZED"}).status_code == 200


def test_an_id_in_base64_that_names_nothing_is_not_found(machine: Machine):
    for name in ["~", "~%FF", "~!!", "~" + base64.urlsafe_b64encode(b"\xff\xfe").decode()]:
        assert machine.get(f"/runs/{quote(name)}").status_code == 404


def test_phases_come_in_order(machine: Machine):
    declare(machine)
    refused = machine.post("/runs/run-1/phase", {"phase": "COMPLETED"})
    assert refused.status_code == 409
    assert machine.post("/runs/run-1/phase", {"phase": "AUTHORIZED"}).json()["status"] == ("queued")


def test_closing_a_failed_run_reports_its_incident(machine: Machine):
    declare(machine)
    document = {"outcome": "failed", "incident": {"error_type": "timeout"}, "code": "E7"}
    closed = machine.post("/runs/run-1/close", document)
    assert closed.status_code == 200, closed.text
    incident = Incident.objects.get()
    assert closed.json()["results"]["incident_id"] == incident.pk
    assert incident.source_run_id == "run-1"
    assert closed.json()["run"]["status_code"] == "E7"
    again = machine.post("/runs/run-1/close", document)
    assert again.json()["status"] == "duplicate"


def test_spec_107_what_cannot_be_kept_says_how_far_it_came(machine: Machine):
    declare(machine)
    document = {
        "outcome": "failed",
        "incident": {"error_type": "timeout"},
        "evaluation_id": "eval_none",
    }
    refused = machine.post("/runs/run-1/close", document)
    assert refused.status_code == 404
    error = refused.json()["error"]
    assert (error["code"], error["phase"]) == ("run_not_closed", "INCIDENT_CREATED")
    assert error["partial_results"]["incident_id"].startswith("inc_")
    assert not Incident.objects.exists()
    [kept] = machine.get("/runs/run-1/acks").json()["items"]
    assert kept["status"] == "ROLLED_BACK"


def test_an_incident_that_cannot_be_read_is_refused_before_anything(machine: Machine):
    declare(machine)
    document = {"outcome": "failed", "incident": {"error_type": ["x"]}}
    assert machine.post("/runs/run-1/close", document).status_code == 422
    assert not AuditAck.objects.exists()


def test_the_list_shows_the_stale_ones_unless_asked_for_others(machine: Machine):
    for number in range(3):
        declare(machine, f"run-{number}")
    AuditRun.objects.filter(run_id="run-2").update(reconciliation="STALE")
    assert [one["run_id"] for one in machine.get("/runs").json()["items"]] == ["run-2"]
    page = machine.get("/runs", reconciliation="PENDING", limit=1).json()
    assert [one["run_id"] for one in page["items"]] == ["run-1"]
    rest = machine.get("/runs", reconciliation="PENDING", cursor=page["next_cursor"]).json()
    assert [one["run_id"] for one in rest["items"]] == ["run-0"]
    assert machine.get("/runs", reconciliation="else").status_code == 422


def test_a_loop_is_a_run_that_can_be_read_and_not_written():
    tenant = factories.make_tenant()
    machine = machine_of(tenant, scopes=BOTH)
    trace = factories.run_loop(tenant)
    assert machine.get(f"/runs/{trace.pk}").json()["loop_id"] == trace.pk
    assert machine.get(f"/runs/{trace.pk}/reconciliation").json()["status"] == "PENDING"
    word = {"domain": "orchestrator", "action": "finalize_run"}
    assert machine.post(f"/runs/{trace.pk}/acks", word).status_code == 409
