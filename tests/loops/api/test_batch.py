import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loops.models import Incident, LoopTrace


def batch(machine, *rows, **headers):
    return machine.post("/incidents/batch", {"incidents": list(rows)}, **headers)


def test_each_row_of_a_batch_is_answered_in_its_place(machine):
    known = machine.post("/incidents", {"error_type": "a", "external_id": "1"}).json()
    told = batch(
        machine,
        {"error_type": "a", "external_id": "1"},
        {"error_type": "b", "external_id": "1"},
        {"error_type": "c"},
        {"title": "no type"},
        "not an object",
    ).json()
    assert (told["accepted"], told["duplicates"], told["rejected"]) == (1, 1, 3)
    rows = told["results"]
    assert [one["index"] for one in rows] == [0, 1, 2, 3, 4]
    assert rows[0] == {"index": 0} | known | {"status": "duplicate"}
    assert (rows[1]["status"], rows[1]["error"]["code"]) == ("rejected", "conflict")
    assert rows[1]["incident_id"] == known["incident_id"]
    assert rows[2]["status"] == "accepted"
    assert rows[3]["error"]["fields"] == {"/incidents/3/error_type": ["is required"]}
    assert rows[4]["error"]["fields"] == {"/incidents/4": ["must be an object"]}
    assert Incident.objects.count() == LoopTrace.objects.count() == 2


def test_of_two_equal_names_in_one_batch_the_first_wins(machine):
    rows = [{"error_type": f"e{n}", "external_id": "same"} for n in range(20)]
    told = batch(machine, *rows).json()
    assert [one["status"] for one in told["results"]] == ["accepted"] + ["rejected"] * 19
    assert Incident.objects.get().error_type == "e0"


def test_the_same_row_twice_in_one_batch_is_stored_once(machine):
    row = {"error_type": "a", "external_id": "same"}
    told = batch(machine, row, row).json()
    assert [one["status"] for one in told["results"]] == ["accepted", "duplicate"]
    assert told["results"][0]["incident_id"] == told["results"][1]["incident_id"]


def test_a_whole_batch_may_be_sent_again_under_its_key(machine):
    rows = [{"error_type": "a"}, {"error_type": ""}, {"error_type": "b"}]
    first = batch(machine, *rows, **{"Idempotency-Key": "night-1"}).json()
    second = batch(machine, *rows, **{"Idempotency-Key": "night-1"}).json()
    assert (first["accepted"], second["duplicates"], second["rejected"]) == (2, 2, 1)
    assert _ids(first) == _ids(second)
    assert Incident.objects.count() == 2


def _ids(told):
    return [one.get("incident_id") for one in told["results"]]


def test_an_empty_batch_is_no_fault(machine):
    assert batch(machine).json() == {
        "accepted": 0,
        "duplicates": 0,
        "rejected": 0,
        "results": [],
    }


def test_a_thousand_incidents_take_as_many_queries_as_one(machine):
    batch(machine, {"error_type": "warm"})
    with CaptureQueriesContext(connection) as queries:
        answer = batch(machine, *[{"error_type": "a", "message": f"n{n}"} for n in range(1000)])
    assert answer.json()["accepted"] == 1000
    assert len(queries) == 2


def test_more_than_a_thousand_incidents_are_refused_whole(machine):
    answer = batch(machine, *[{"error_type": "a"}] * 1001)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["/incidents"]
    assert Incident.objects.count() == 0


@pytest.mark.parametrize("document", [[], 3, None, {}, {"incidents": {}}, {"incidents": "x"}])
def test_what_is_no_batch_is_refused(machine, document):
    answer = machine.send("/incidents/batch", orjson.dumps(document))
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["/incidents"]


def test_a_batch_may_be_larger_than_a_single_incident(machine):
    rows = [{"error_type": "a", "message": "m" * 30_000} for _ in range(100)]
    assert batch(machine, *rows).json()["accepted"] == 100
