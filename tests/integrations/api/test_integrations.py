import pytest
from django.utils import timezone

from integrations.domain.states import IntegrationStatus
from m25console.access import Actor
from m25console.vocabulary import Scope
from tests.integrations.building import an_integration, in_status, used
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(admin: Actor) -> Machine:
    return machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)


def body(admin: Actor, **rest) -> dict:
    given = {
        "name": "Prod",
        "provider_type": "openai",
        "credential_ref": f"cus-vault://{admin.tenant.pk}/cred_1",
    }
    return given | rest


def test_int_01_create_tells_neither_reference_nor_config(admin: Actor, machine: Machine):
    answer = machine.ask("POST", "/integrations", body(admin))
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["health_state"]) == ("created", "unknown")
    limits = ("budget_limit_cents", "token_limit_month", "rate_limit_rpm")
    assert [told[name] for name in limits] == [0, 0, 0]
    assert not {"credential_ref", "config"} & set(told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"credential_ref": "sk-abc123"}, "sk-", id="int_02"),
        pytest.param({"credential_ref": "sk-ant-xyz"}, "Anthropic", id="int_03"),
        pytest.param({"credential_ref": "vault://secret/x"}, "cus-vault://", id="int_05"),
        pytest.param({"provider_type": "google"}, "provider_type", id="int_08_provider"),
        pytest.param({"name": ""}, "name", id="int_08_empty"),
        pytest.param({"name": "x" * 256}, "name", id="int_08_long"),
        pytest.param({"budget_limit_cents": -1}, "budget", id="int_08_negative"),
        pytest.param({"status": "enabled"}, "status", id="int_10_unknown_field"),
    ],
)
def test_int_02_03_05_08_what_is_wrong_is_422_and_never_repeats_a_key(
    admin: Actor, machine: Machine, change, told
):
    answer = machine.ask("POST", "/integrations", body(admin, **change))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert "abc123" not in answer.content.decode()
    assert "xyz" not in answer.content.decode()


def test_int_09_a_name_that_is_taken_is_409(admin: Actor, machine: Machine):
    assert machine.ask("POST", "/integrations", body(admin)).status_code == 201
    assert machine.ask("POST", "/integrations", body(admin)).status_code == 409


def test_int_10_a_change_says_what_it_changes(admin: Actor, machine: Machine):
    row = an_integration(admin, default_model="gpt-4o")
    path = f"/integrations/{row.pk}"
    assert machine.ask("PUT", path, {}).status_code == 400
    assert machine.ask("PUT", path, {"name": None}).status_code == 422
    assert machine.ask("PUT", path, {"status": "enabled"}).status_code == 422
    cleared = machine.ask("PUT", path, {"default_model": None})
    assert (cleared.status_code, cleared.json()["default_model"]) == (200, None)
    row.refresh_from_db()
    assert (row.status, row.name) == (IntegrationStatus.CREATED, cleared.json()["name"])


def test_int_11_switching_answers_with_the_right_status(admin: Actor, machine: Machine):
    row = an_integration(admin)
    path = f"/integrations/{row.pk}"
    assert machine.ask("POST", f"{path}/disable").status_code == 409
    assert machine.ask("POST", f"{path}/enable").json()["status"] == "enabled"
    assert machine.ask("POST", f"{path}/enable").status_code == 409
    in_status(row, IntegrationStatus.ERROR)
    assert machine.ask("POST", f"{path}/enable").status_code == 400


def test_int_12_13_what_is_deleted_or_foreign_is_404(
    admin: Actor, other_admin: Actor, machine: Machine
):
    row, foreign = an_integration(admin), an_integration(other_admin)
    used(row)
    path = f"/integrations/{row.pk}"
    assert machine.ask("DELETE", path).json() == {"deleted": True, "integration_id": row.pk}
    assert machine.ask("DELETE", path).status_code == 404
    history = machine.get(f"/telemetry/usage-history?integration_id={row.pk}").json()
    assert history["meta"]["total"] == 1
    unknown = machine.get("/integrations/int_0000000000000000")
    for missing in (machine.get(path), machine.get(f"/integrations/{foreign.pk}")):
        assert (missing.status_code, missing.json()) == (404, unknown.json())


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "INVALID_QUERY", "limit"),
        ("limit=101", "INVALID_QUERY", "limit"),
        ("foo=1", "INVALID_QUERY", "foo"),
        ("limit=5&limit=6", "INVALID_QUERY", "limit"),
        ("status=paused", "INVALID_QUERY", "status"),
        ("offset=-1", "INVALID_QUERY", "offset"),
        ("as_of=x", "UNSUPPORTED_PARAM", "as_of"),
    ],
)
def test_int_14_a_list_refuses_what_it_does_not_know(machine: Machine, query, code, field):
    for path in ("/integrations", "/integrations/list"):
        answer = machine.get(f"{path}?{query}")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, code)
        assert field in error["fields"]


def test_int_14_a_list_tells_where_it_goes_on(admin: Actor, machine: Machine):
    for number in range(25):
        an_integration(admin, name=f"number {number}")
    answer = machine.get("/integrations/list?limit=20")
    told = answer.json()
    assert (told["total"], told["has_more"], told["pagination"]["next_offset"]) == (25, True, 20)
    assert answer["X-Request-ID"] == told["meta"]["request_id"]
    rest = machine.get("/integrations/list?limit=20&offset=20").json()
    assert (len(rest["integrations"]), rest["pagination"]["next_offset"]) == (5, None)


def test_int_38_39_both_views_of_the_limits_agree(admin: Actor, machine: Machine):
    row = an_integration(admin, budget_limit_cents=1000)
    used(row, cost_cents=1500, now=timezone.now())
    flat = machine.get(f"/integrations/{row.pk}/limits").json()
    assert (flat["budget_percent"], flat["budget_exceeded"]) == (100.0, True)
    assert (flat["token_percent"], flat["token_exceeded"]) == (0.0, False)
    nested = machine.get(f"/enforcement/status?integration_id={row.pk}").json()
    assert nested["budget"]["percent_used"] == 150.0
    assert nested["budget"]["remaining_cents"] == 0
    assert nested["tokens"] == {
        "limit": 0, "used": 15, "remaining": None, "percent_used": 0.0, "has_limit": False,
    }  # fmt: skip
    assert "-01T00:00:00" in flat["period_start"]


def test_int_28_an_address_inside_is_400(admin: Actor, machine: Machine):
    told = {"provider_type": "custom", "config": {"base_url": "http://169.254.169.254/"}}
    answer = machine.ask("POST", "/integrations", body(admin, **told))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "OUTBOUND_URL_FORBIDDEN")
