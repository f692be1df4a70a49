"""Whatever is sent, the answer is ours, and what is good beside it is stored."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loops.models import Incident
from tests.loops.api.hostile import ODD, UNACCEPTABLE, UNREADABLE


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_json_is_answered_400(machine, name):
    answer = machine.send("/incidents", UNREADABLE[name])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert Incident.objects.count() == 0


@pytest.mark.parametrize("name", UNACCEPTABLE)
def test_json_that_is_no_incident_is_answered_422(machine, name):
    answer = machine.send("/incidents", UNACCEPTABLE[name])
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    [(pointer, messages)] = answer.json()["error"]["fields"].items()
    assert pointer == "" or pointer.startswith("/")
    assert messages
    assert Incident.objects.count() == 0


@pytest.mark.parametrize("name", ODD)
def test_an_odd_incident_is_stored_and_read_back(machine, name):
    answer = machine.send("/incidents", ODD[name])
    assert answer.status_code == 202
    incident_id = answer.json()["incident_id"]
    assert machine.get(f"/incidents/{incident_id}").json()["incident_id"] == incident_id


def test_bad_rows_of_a_batch_do_not_touch_the_good_ones(machine):
    good = b'{"error_type": "good"}'
    rows = [row for bad in UNACCEPTABLE.values() for row in (bad, good)]
    answer = machine.send("/incidents/batch", b'{"incidents": [' + b",".join(rows) + b"]}")
    told = answer.json()
    assert (told["accepted"], told["rejected"]) == (len(UNACCEPTABLE), len(UNACCEPTABLE))
    assert Incident.objects.filter(error_type="good").count() == len(UNACCEPTABLE)


@pytest.mark.parametrize("keys", [200_000])
def test_a_batch_row_of_very_many_keys_is_rejected_alone(machine, keys):
    crowd = b"{" + b",".join(b'"k%d":1' % n for n in range(keys)) + b"}"
    rows = crowd + b', {"error_type": "good"}'
    told = machine.send("/incidents/batch", b'{"incidents": [' + rows + b"]}").json()
    assert [one["status"] for one in told["results"]] == ["rejected", "accepted"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "error_type",
    "error_code",
    "message",
    "severity",
    "title",
    "context",
    "agent_id",
    "api_endpoint",
    "status_code",
    "run_id",
    "external_id",
    "occurred_at",
)
INCIDENTS = st.fixed_dictionaries(
    {"error_type": st.text(max_size=140)},
    optional={
        name: JSON | st.text() | st.datetimes().map(str) | st.integers(-10, 10**12)
        for name in FIELDS
        if name != "error_type"
    },
)
FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(document=JSON | INCIDENTS)
def test_no_document_breaks_the_intake(machine, document):
    body = json.dumps(document).encode()  # NaN and lone surrogates included
    assert machine.send("/incidents", body).status_code in (200, 202, 400, 409, 422)


@FUZZ
@given(rows=st.lists(JSON | INCIDENTS, max_size=5))
def test_no_row_breaks_a_batch(machine, rows):
    body = json.dumps({"incidents": [*rows, {"error_type": "good"}]}).encode()
    answer = machine.send("/incidents/batch", body)
    assert answer.status_code in (200, 400)  # 400: the document as a whole is not JSON
    if answer.status_code == 200:
        assert answer.json()["results"][-1]["status"] == "accepted"


@FUZZ
@given(body=st.binary(max_size=200))
def test_no_bytes_break_the_intake(machine, body):
    assert machine.send("/incidents", body).status_code in (400, 422)


@FUZZ
@given(document=JSON)
def test_no_document_breaks_a_decision(machine, document):
    answer = machine.send("/checkpoints/chk_0/resolve", json.dumps(document).encode())
    assert answer.status_code in (400, 404, 422)
