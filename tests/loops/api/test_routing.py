from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loops.models import Agent, AgentTraffic, RoutingAdjustment, TrafficReport
from tests import factories


def traffic_of(**fields):
    hour = timezone.now().isoformat()
    return {"agent_id": "a1", "hour": hour, "decisions": 10, "successes": 9} | fields


def sent(report_id="r-1", *rows):
    return {"report_id": report_id, "agents": list(rows or [traffic_of()])}


def counted():
    return [(one.decisions, one.successes) for one in AgentTraffic.objects.order_by("pk")]


def test_reported_traffic_is_summed_by_the_hour(machine):
    early = timezone.now().replace(minute=0, second=1)
    rows = [traffic_of(hour=early.isoformat()), traffic_of(hour=early.isoformat(), capability="s")]
    answer = machine.post("/agents/traffic", sent("r-1", *rows))
    assert answer.status_code == 202
    assert answer.json() == {"report_id": "r-1", "status": "accepted", "agents": 1, "hours": 1}
    machine.post("/agents/traffic", sent("r-2", traffic_of(hour=early.isoformat())))
    assert counted() == [(30, 27)]
    [agent] = machine.get("/agents").json()["items"]
    assert (agent["agent_id"], agent["capability"]) == ("a1", "s")


def test_a_window_may_be_named_by_its_start(machine):
    row = traffic_of()
    row["window_start"] = row.pop("hour")
    assert machine.post("/agents/traffic", sent("r-1", row)).status_code == 202


def test_a_report_sent_again_counts_nothing(machine):
    report = sent()
    assert machine.post("/agents/traffic", report).status_code == 202
    again = machine.post("/agents/traffic", report)
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert counted() == [(10, 9)]


def test_other_rows_under_a_known_id_are_a_conflict(machine):
    machine.post("/agents/traffic", sent())
    answer = machine.post("/agents/traffic", sent("r-1", traffic_of(successes=1)))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert counted() == [(10, 9)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"successes": 11}, "/agents/1/successes"),
        ({"decisions": -1}, "/agents/1/decisions"),
        ({"decisions": 1.5}, "/agents/1/decisions"),
        ({"decisions": 10**30}, "/agents/1/decisions"),
        ({"agent_id": "  "}, "/agents/1/agent_id"),
        ({"agent_id": "a\0"}, "/agents/1/agent_id"),
        ({"agent_id": "a" * 256}, "/agents/1/agent_id"),
        ({"capability": 7}, "/agents/1/capability"),
        ({"hour": "2001-01-01T00:00:00Z"}, "/agents/1/hour"),
        ({"hour": "9999-12-31T23:59:59-14:00"}, "/agents/1/hour"),
        ({"hour": "0001-01-01T00:00:00+14:00"}, "/agents/1/hour"),
        ({"hour": timezone.now().replace(tzinfo=None).isoformat()}, "/agents/1/hour"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_counted(machine, wrong, field):
    answer = machine.post("/agents/traffic", sent("r-1", traffic_of(), traffic_of(**wrong)))
    assert answer.status_code == 422
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not AgentTraffic.objects.exists()
    assert not TrafficReport.objects.exists()
    assert machine.post("/agents/traffic", sent()).status_code == 202


@pytest.mark.parametrize(
    "report",
    [[], {}, {"report_id": "r"}, sent("", traffic_of()), {"report_id": "r", "agents": []}],
)
def test_what_is_no_report_is_refused(machine, report):
    assert machine.post("/agents/traffic", report).status_code == 422


def test_at_most_a_thousand_rows_come_at_once(machine):
    rows = [traffic_of(agent_id=f"a{number}") for number in range(1001)]
    assert machine.post("/agents/traffic", sent("r-1", *rows)).status_code == 422
    assert machine.post("/agents/traffic", sent("r-1", *rows[:1000])).status_code == 202
    assert Agent.objects.count() == 1000


def test_an_agent_is_found_by_its_name_whatever_is_in_it(machine, tenant):
    name = "team/booking agent?v=2#é"
    factories.tell_traffic(tenant, agent_id=name, decisions=1, successes=1, capability="book")
    [listed] = machine.get("/agents", capability="book").json()["items"]
    told = machine.get(listed["links"]["self"].removeprefix("/api/v1"))
    assert told.json()["agent_id"] == name
    assert machine.get(listed["links"]["routing"].removeprefix("/api/v1")).json()["known"] is True
    assert machine.get("/agents/nobody").status_code == 404
    assert machine.get("/agents", agent_id="nobody").json()["items"] == []


def test_agents_are_paged_without_a_gap(machine, tenant):
    for number in range(5):
        factories.tell_traffic(tenant, agent_id=f"a{number}", decisions=1, successes=1)
    Agent.objects.update(last_seen_at=timezone.now())  # equal, so that the name decides
    first = machine.get("/agents", limit=3).json()
    rest = machine.get("/agents", limit=3, cursor=first["next_cursor"]).json()
    names = [one["agent_id"] for one in first["items"] + rest["items"]]
    assert sorted(names) == ["a0", "a1", "a2", "a3", "a4"]


def test_a_router_learns_the_weight_of_an_agent(machine, tenant, django_assert_num_queries):
    factories.routed_loop(tenant, capability=None)
    RoutingAdjustment.objects.update(created_at=timezone.now() - timedelta(days=3, hours=12))
    RoutingAdjustment.objects.update(expires_at=timezone.now() + timedelta(days=3, hours=12))
    with django_assert_num_queries(4):  # two of them find the token
        told = machine.get("/routing/a1").json()
    assert told["effective_weight"] == pytest.approx(0.95, abs=0.0002)
    [one] = told["adjustments"]
    assert one["magnitude"] == -0.1
    assert one["effective_magnitude"] == pytest.approx(-0.05, abs=0.0002)


@pytest.mark.parametrize("name", ["nobody", "a/b", "%00", "x" * 3000])
def test_an_agent_nobody_knows_has_its_full_weight(machine, name):
    told = machine.get(f"/routing/{name}").json()
    assert (told["known"], told["effective_weight"], told["adjustments"]) == (False, 1.0, [])


def test_no_weight_falls_below_the_floor(machine, tenant):
    factories.routed_loop(tenant)
    made = RoutingAdjustment.objects.get()
    for _ in range(6):
        made.pk, made.loop_trace, made.magnitude = None, None, Decimal("-0.2")
        made._state.adding = True
        made.id = f"adj_{RoutingAdjustment.objects.count():016}"
        made.save(force_insert=True)
    assert machine.get("/routing/a1").json()["effective_weight"] == 0.2


def test_what_has_faded_weighs_nothing_before_the_clock_ends_it(machine, tenant):
    factories.routed_loop(tenant)
    past = timezone.now() - timedelta(minutes=1)
    RoutingAdjustment.objects.update(created_at=past - timedelta(days=7), expires_at=past)
    told = machine.get("/routing/a1").json()
    assert (told["known"], told["effective_weight"], told["adjustments"]) == (False, 1.0, [])


def test_an_adjustment_says_what_is_left_of_it(machine, tenant):
    before = timezone.now() - timedelta(hours=1)
    factories.tell_traffic(tenant, decisions=100, successes=95, hour=before)
    trace = factories.routed_loop(tenant)
    [listed] = machine.get("/adjustments").json()["items"]
    assert (listed["agent_id"], listed["loop_id"]) == ("a1", trace.pk)
    assert -0.1 <= listed["effective_magnitude"] <= -0.0999
    assert (listed["kpi_baseline"], listed["kpi_baseline_decisions"]) == (0.95, 100)
    told = machine.get(f"/adjustments/{listed['adjustment_id']}").json()
    assert told["magnitude"] == listed["magnitude"] == -0.1


def test_a_person_takes_a_change_back_once(machine, tenant):
    factories.routed_loop(tenant)
    path = f"/adjustments/{RoutingAdjustment.objects.get().pk}/rollback"
    assert machine.post(path, {"reason": " "}).status_code == 422
    assert machine.post(path, {"reason": "x" * 4001}).status_code == 422
    told = machine.post(path, {"reason": "It was the network."})
    assert told.status_code == 200
    assert (told.json()["was_rolled_back"], told.json()["is_active"]) == (True, False)
    assert told.json()["rollback_reason"] == "It was the network."
    again = machine.post(path, {"reason": "It was the network."})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert machine.get("/routing/a1").json()["effective_weight"] == 1.0


def test_adjustments_are_listed_by_state_and_agent(machine, tenant):
    factories.routed_loop(tenant)
    made = RoutingAdjustment.objects.get()

    def found(**query):
        return len(machine.get("/adjustments", **query).json()["items"])

    assert (found(state="active"), found(state="expired"), found(state="rolled_back")) == (1, 0, 0)
    assert (found(agent_id="a1"), found(agent_id="a2")) == (1, 0)
    assert machine.get("/adjustments", state="odd").status_code == 422
    RoutingAdjustment.objects.update(is_active=False)
    assert (found(state="active"), found(state="expired")) == (0, 1)
    machine.post(f"/adjustments/{made.pk}/rollback", {"reason": "too late"})
    assert found(state="rolled_back") == 0
