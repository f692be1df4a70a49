import pytest
from django.utils import timezone

from integrations.actions import keys
from integrations.api.callers import KEY_HEADER
from integrations.models import Integration, UsageRecord
from m25console.access import Actor
from m25console.vocabulary import Scope
from tests.integrations.building import an_integration
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)


@pytest.fixture
def row(admin: Actor) -> Integration:
    return an_integration(admin, is_enabled=True, now=timezone.now())


def call(row: Integration, **rest) -> dict:
    given = {
        "integration_id": row.pk,
        "call_id": "call-1",
        "provider": "openai",
        "model": "gpt-4o",
        "tokens_in": 1000,
        "tokens_out": 500,
        "cost_cents": 1,
    }
    return given | rest


def test_int_40_a_call_is_201_and_the_same_again_200(machine: Machine, row: Integration):
    first = machine.ask("POST", "/telemetry/llm-usage", call(row))
    assert (first.status_code, first.json()["status"]) == (201, "accepted")
    again = machine.ask("POST", "/telemetry/llm-usage", call(row))
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert UsageRecord.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [{"tokens_in": -1}, {"cost_cents": -1}, {"policy_result": "throttled"}, {"model": ""}],
)
def test_int_43_what_cannot_be_a_call_is_422(machine: Machine, row: Integration, change):
    assert machine.ask("POST", "/telemetry/llm-usage", call(row, **change)).status_code == 422


@pytest.mark.parametrize("number", [0, 101])
def test_int_43_a_batch_has_one_to_a_hundred_calls(machine: Machine, row: Integration, number):
    records = [call(row, call_id=f"call-{one}") for one in range(number)]
    answer = machine.ask("POST", "/telemetry/llm-usage/batch", {"records": records})
    assert answer.status_code == 422


def test_int_42_a_batch_counts_and_says_which_were_wrong(machine: Machine, row: Integration):
    machine.ask("POST", "/telemetry/llm-usage", call(row, call_id="existing"))
    records = [
        call(row, call_id="a"),
        call(row, call_id="b"),
        call(row, call_id="a"),
        call(row, call_id="existing"),
        call(row, call_id="c", integration_id="int_foreign"),
        call(row, call_id="d", tokens_in="many"),
    ]
    told = machine.ask("POST", "/telemetry/llm-usage/batch", {"records": records}).json()
    counts = [told[name] for name in ("accepted", "duplicates", "errors", "total")]
    assert counts == [2, 2, 2, 6]
    assert [one["index"] for one in told["faults"]] == [4, 5]


def test_int_44_a_key_speaks_for_its_integration_and_only_whole(
    client, admin: Actor, row: Integration
):
    _, text = keys.issue(integration_id=row.pk, by=admin, now=timezone.now())

    def sent(key: str | None, **rest) -> int:
        headers = {KEY_HEADER: key} if key is not None else {}
        return client.post(
            "/api/v1/telemetry/llm-usage", call(row, **rest), content_type="application/json",
            headers=headers,
        ).status_code  # fmt: skip

    assert sent(text) == 201
    assert sent(text.rpartition(":")[0]) == 401
    assert sent(f"{text}x") == 401
    assert sent(None) == 401
    assert sent(text, integration_id=an_integration(admin).pk) == 403


def test_a_key_asks_for_leave_too(client, admin: Actor, row: Integration):
    _, text = keys.issue(integration_id=row.pk, by=admin, now=timezone.now())
    answer = client.post(
        "/api/v1/enforcement/check", {"integration_id": row.pk},
        content_type="application/json", headers={KEY_HEADER: text},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["result"]) == (200, "allowed")


@pytest.mark.parametrize("number", [0, 101])
def test_int_37_leave_is_asked_for_one_to_a_hundred_calls(
    machine: Machine, row: Integration, number
):
    asked = {"requests": [{"integration_id": row.pk}] * number}
    assert machine.ask("POST", "/enforcement/batch", asked).status_code == 422


def test_int_37_the_answers_come_in_order(machine: Machine, row: Integration):
    asked = [{"integration_id": one} for one in (row.pk, "int_unknown", row.pk)]
    told = machine.ask("POST", "/enforcement/batch", {"requests": asked}).json()
    assert [one["result"] for one in told] == ["allowed", "hard_blocked", "allowed"]
    assert [one["policy_result"] for one in told] == ["allowed", "blocked", "allowed"]
