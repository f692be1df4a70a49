import pytest

from loops.models import Incident, PolicyEvaluation, PolicyRule
from m25console.models import Tenant
from tests import factories
from tests.machines import Machine

pytestmark = pytest.mark.django_db


def test_without_policies_the_answer_is_allow(machine: Machine) -> None:
    answer = machine.post("/evaluate", {"error_type": "timeout"})
    assert answer.status_code == 200
    told = answer.json()
    row = PolicyEvaluation.objects.get()
    assert told == {
        "decision": "allow",
        "policy_id": None,
        "revision": None,
        "reason": "No policy applies to it.",
        "params": {},
        "would": [],
        "evaluation_id": row.pk,
        "pattern_id": None,
        "match_confidence": None,
        "prevention_id": None,
        "no_prevention": "",
    }


def test_a_blocked_request_is_told_why_and_what_it_prevented(
    machine: Machine, tenant: Tenant
) -> None:
    record = factories.prevent(tenant, error_type="tool")
    told = machine.post("/evaluate", {"error_type": "tool", "external_id": "call-1"}).json()
    rule = PolicyRule.objects.get()
    assert (told["decision"], told["policy_id"]) == ("block", rule.pk)
    assert told["reason"] == "Policy “Prevention: timeout” (revision 1) blocks it."
    assert told["params"] == {"reason": "it would fail"}
    assert told["pattern_id"] == record.pattern_id
    assert told["match_confidence"] == 0.95
    read = machine.get(f"/prevention-records/{told['prevention_id']}").json()
    assert read["evaluation_id"] == told["evaluation_id"]
    assert read["original_incident_id"] == record.original_incident_id


def test_policies_in_shadow_say_what_they_would_do(machine: Machine, tenant: Tenant) -> None:
    rule = factories.make_rule(tenant, mode="shadow", activated_at=None)
    told = machine.post("/evaluate", {"error_type": "timeout"}).json()
    assert told["decision"] == "allow"
    assert told["would"] == [{"policy_id": rule.pk, "action": "block", "because": "shadow"}]
    assert told["reason"].startswith("No policy acts on it: 1 would have, but is in shadow")


def test_a_block_that_prevents_nothing_says_why(machine: Machine, tenant: Tenant) -> None:
    factories.make_rule(tenant)
    told = machine.post("/evaluate", {"error_type": "timeout"}).json()
    assert (told["decision"], told["prevention_id"]) == ("block", None)
    assert "not recognised surely enough (SIGNATURE_CONFIDENCE)" in told["no_prevention"]


def test_the_same_question_has_the_same_answer(machine: Machine, tenant: Tenant) -> None:
    factories.prevent(tenant, error_type="tool")
    question = {"error_type": "tool", "external_id": "call-1"}
    first = machine.post("/evaluate", question).json()
    PolicyRule.objects.update(mode="disabled", name="Renamed")
    again = machine.post("/evaluate", question)
    assert (again.status_code, again.json()) == (200, first)


def test_another_question_under_the_same_external_id_is_a_conflict(machine: Machine) -> None:
    machine.post("/evaluate", {"error_type": "tool", "external_id": "call-1"})
    answer = machine.post("/evaluate", {"error_type": "other", "external_id": "call-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/error_type"),
        ({"error_type": 7}, "/error_type"),
        ({"error_type": "x", "context": []}, "/context"),
        ({"error_type": "x", "status_code": "many"}, "/status_code"),
        ({"error_type": "x", "external_id": "e" * 256}, "/external_id"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    machine: Machine, document: object, pointer: str
) -> None:
    answer = machine.post("/evaluate", document)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == [pointer]
    assert not PolicyEvaluation.objects.exists()


def test_a_question_is_small(machine: Machine) -> None:
    long = {"error_type": "x", "context": {str(one): "y" * 30_000 for one in range(3)}}
    assert machine.post("/evaluate", long).status_code == 413


def test_what_was_prevented_is_refused_as_an_incident(machine: Machine, tenant: Tenant) -> None:
    factories.prevent(tenant, error_type="tool")
    question = {"error_type": "tool", "external_id": "call-1"}
    told = machine.post("/evaluate", question).json()
    before = Incident.objects.count()

    answer = machine.post("/incidents", question)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "prevented")
    assert error["prevention_id"] == told["prevention_id"]
    assert error["evaluation_id"] == told["evaluation_id"]
    assert "incident_id" not in error
    assert Incident.objects.count() == before


def test_a_row_of_a_batch_that_was_prevented_is_rejected_alone(
    machine: Machine, tenant: Tenant
) -> None:
    factories.prevent(tenant, error_type="tool")
    question = {"error_type": "tool", "external_id": "call-1"}
    told = machine.post("/evaluate", question).json()

    rows = [{"error_type": "tool"}, question, {"error_type": "tool", "external_id": "call-2"}]
    answer = machine.post("/incidents/batch", {"incidents": rows}).json()

    assert (answer["accepted"], answer["rejected"]) == (2, 1)
    row = answer["results"][1]
    assert (row["status"], row["error"]["code"]) == ("rejected", "prevented")
    assert row["prevention_id"] == told["prevention_id"]


def test_an_outcome_is_said_once(machine: Machine) -> None:
    asked = machine.post("/evaluate", {"error_type": "x"}).json()["evaluation_id"]
    path = f"/evaluations/{asked}/outcome"
    first = machine.post(path, {"label": "good", "source": "nightly tests"})
    again = machine.post(path, {"label": "good"})
    other = machine.post(path, {"label": "bad"})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert (first.json()["label"], again.json()["label_source"]) == ("good", "nightly tests")
    assert machine.post(path, {"label": "unknown"}).status_code == 422


def test_evaluations_are_listed_and_filtered(machine: Machine, tenant: Tenant) -> None:
    rule = factories.make_rule(tenant)
    blocked = machine.post("/evaluate", {"error_type": "timeout"}).json()["evaluation_id"]
    allowed = machine.post("/evaluate", {"error_type": "x"}).json()["evaluation_id"]
    machine.post(f"/evaluations/{allowed}/outcome", {"label": "good"})

    def listed(**query: str) -> list[str]:
        items = machine.get("/evaluations", **query).json()["items"]
        return [one["evaluation_id"] for one in items]

    assert listed() == [allowed, blocked]
    assert listed(decision="block") == listed(policy=rule.pk) == [blocked]
    assert listed(label="good") == [allowed]
    read = machine.get(f"/evaluations/{blocked}").json()
    assert read["matched"][0]["policy_id"] == rule.pk
    assert read["features"] == {"error_type": "timeout"}
    assert machine.get("/evaluations", decision="dance").status_code == 422


def test_prevention_records_are_listed_and_filtered(machine: Machine, tenant: Tenant) -> None:
    older, newer = (factories.prevent(tenant) for _ in range(2))

    def listed(**query: str) -> list[str]:
        items = machine.get("/prevention-records", **query).json()["items"]
        return [one["prevention_id"] for one in items]

    assert listed() == [newer.pk, older.pk]
    assert listed(policy=older.policy_id) == listed(pattern=older.pattern_id) == [older.pk]
    assert listed(outcome="prevented") == [newer.pk, older.pk]
    assert listed(outcome="mitigated") == []
    page = machine.get("/prevention-records", limit=1).json()
    assert machine.get("/prevention-records", cursor=page["next_cursor"]).json()["items"] != []
