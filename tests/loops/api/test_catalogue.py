import pytest

from loops.domain.states import PolicyMode
from loops.models import FailurePattern
from tests import factories


@pytest.fixture
def learned(tenant):
    """Three loops of one failure, the last of them complete, with a policy in shadow."""
    return factories.run_loops(tenant, times=3, agent_id="agent-7")


def test_patterns_are_listed_in_three_orders(machine, tenant):
    factories.run_loop(tenant, error_type="first")
    factories.run_loops(tenant, times=2, error_type="second")
    factories.run_loop(tenant, error_type="third")
    factories.run_loop(tenant, error_type="first")
    factories.run_loop(tenant, error_type="first")
    assert _types(machine) == ["first", "third", "second"]
    assert _types(machine, order="frequent") == ["first", "second", "third"]
    assert _types(machine, order="oldest") == ["first", "second", "third"]
    assert machine.get("/patterns", order="random").status_code == 422


def _types(machine, **query):
    return [one["error_type"] for one in machine.get("/patterns", **query).json()["items"]]


def test_a_pattern_leads_to_its_incidents(machine, learned):
    pattern = FailurePattern.objects.get()
    told = machine.get(f"/patterns/{pattern.pk}").json()
    assert told["occurrence_count"] == 3
    assert told["signature"]["error_type"] == "timeout"
    agreement = {"share": None, "unchanged": 0, "changed": 0, "rejected": 0, "reasons": {}}
    assert told["agreement"] == agreement
    address, _, query = told["links"]["incidents"].partition("?")
    name, _, value = query.partition("=")
    incidents = machine.get(address.removeprefix("/api/v1"), **{name: value}).json()["items"]
    assert len(incidents) == 3


def test_policies_are_listed_by_mode(machine, learned):
    [policy] = machine.get("/policies").json()["items"]
    assert policy["mode"] == PolicyMode.SHADOW
    assert policy["source_pattern_id"] == FailurePattern.objects.get().pk
    assert policy["action"]["type"] == "escalate"
    assert len(machine.get("/policies", mode="shadow").json()["items"]) == 1
    assert machine.get("/policies", mode="active").json()["items"] == []
    assert machine.get("/policies", mode="loud").status_code == 422


def test_stats_of_nothing_are_zero(machine):
    told = machine.get("/stats").json()
    assert told.pop("period_hours") == 24
    assert told.pop("avg_completion_ms") is None
    assert set(told.values()) == {0}


def test_stats_count_what_the_loops_did(machine, tenant, learned):
    factories.run_loop(factories.make_tenant())  # another tenant's is not counted
    told = machine.get("/stats", hours=1).json()
    assert told["total_incidents"] == 3
    assert (told["loops_complete"], told["loops_blocked"]) == (1, 2)
    assert told["completion_rate"] == 0.3333
    assert told["avg_completion_ms"] > 0
    assert (told["patterns_matched"], told["patterns_created"]) == (3, 1)
    assert (told["strong_matches"], told["weak_matches"], told["novel_matches"]) == (3, 0, 0)
    assert told["recoveries_suggested"] == 3
    assert (told["policies_generated"], told["policies_in_shadow"]) == (1, 1)
    assert told["policies_active"] == told["routing_adjustments"] == 0
    assert (told["checkpoints_pending"], told["checkpoints_resolved"]) == (2, 0)


@pytest.mark.parametrize("hours", [0, 721, -1, "many", ""])
def test_the_period_of_stats_is_bounded(machine, hours):
    answer = machine.get("/stats", hours=hours)
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == ["hours"]
