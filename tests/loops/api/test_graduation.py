"""How far the loop is trusted, and what simulations do not change, through the API."""

import pytest
from django.utils import timezone

from loops.domain.states import GraduationLevel, PolicyMode
from loops.engine import graduating
from loops.models import (
    GraduationHistory,
    Incident,
    PolicyRegretSummary,
    PolicyRule,
    PreventionRecord,
    RegretEvent,
    TimelineView,
)
from m25console.models import Tenant
from m25console.vocabulary import Role, Scope
from tests import factories, learned
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db
SCOPES = [Scope.DECIDE, Scope.READ]


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    return learned.policy_in_force(tenant)


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    return machine_of(tenant, scopes=SCOPES, decides_for=admin.user)


def test_before_the_first_evaluation_it_is_computed_and_not_stored(policy, machine):
    learned.prevention_by(policy)

    told = machine.get("/graduation").json()

    assert (told["level"], told["is_stored"]) == ("beta", False)
    assert not GraduationHistory.objects.exists()


def test_the_answer_has_gates_capabilities_and_what_is_next(policy, machine):
    prevention = learned.prevention_by(policy)
    machine.post("/graduation/re-evaluate")

    told = machine.get("/graduation").json()

    assert told["label"] == told["status"] == "M25-BETA (1/3 gates)"
    gate = told["gates"]["prevention"]
    assert (gate["passed"], gate["score"], gate["degraded"]) == (True, 0.55, False)
    assert gate["evidence"]["ids"] == [prevention.pk]
    assert gate["evidence"]["prevention_rate"] == 1.0
    assert told["capabilities"] == {
        "unlocked": ["auto_apply_recovery"],
        "blocked": ["auto_activate_policy", "full_auto_routing"],
    }
    assert (told["evidence_window_days"], told["degradation"]) == (30, None)
    assert told["next_action"].startswith("Waiting for a rollback")


def test_a_loss_says_from_what_and_why(tenant, policy, machine):
    learned.prevention_by(policy)
    graduating.evaluate(tenant, now=timezone.now())
    for _ in range(9):
        learned.prevention_by(policy, outcome="failed")

    told = machine.post("/graduation/re-evaluate").json()

    assert (told["level"], told["degraded"], told["gates_passed"]) == ("degraded", True, 0)
    degradation = machine.get("/graduation").json()["degradation"]
    assert degradation["degraded_from"] == "beta"
    assert "prevention rate fell to 10%" in degradation["reason"]


def test_history_is_listed_without_seals(tenant, machine):
    machine.post("/graduation/re-evaluate")
    machine.post("/graduation/re-evaluate")

    items = machine.get("/graduation/history").json()["items"]

    assert [one["level"] for one in items] == ["alpha", "alpha"]
    assert "rows" not in items[0]["evidence"]


def test_only_an_admin_asks_for_an_evaluation(tenant):
    reviewer = factories.make_actor(tenant)
    machine = machine_of(tenant, scopes=SCOPES, decides_for=reviewer.user)

    assert machine.post("/graduation/re-evaluate").status_code == 403
    assert not GraduationHistory.objects.exists()


def test_spec_92_any_number_of_simulations_leaves_level_and_rates_alone(tenant, policy, machine):
    learned.prevention_by(policy)
    incident = factories.run_loop(tenant).incident_id
    before = machine.get("/graduation").json()

    for _ in range(3):
        answers = [
            machine.post("/graduation/simulate/prevention", {"policy_id": policy.pk}),
            machine.post("/graduation/simulate/regret", {"policy_id": policy.pk, "severity": 10}),
            machine.post("/graduation/simulate/timeline-view", {"incident_id": incident}),
        ]
        for answer in answers:
            assert answer.status_code == 201
            told = answer.json()
            assert (told["is_simulated"], told["counts_toward_graduation"]) == (True, False)
            assert told["warning"].startswith("Simulated.")
    machine.post("/graduation/re-evaluate")
    after = machine.get("/graduation").json()

    assert after["level"] == before["level"] == GraduationLevel.BETA
    for key in ("prevention", "rollback", "timeline"):
        assert after["gates"][key]["score"] == before["gates"][key]["score"]
    assert before["simulation"] == {
        "is_demo_mode": False,
        "simulated_gates": {"prevention": False, "rollback": False, "timeline": False},
        "warning": "",
    }
    assert after["simulation"]["is_demo_mode"] is True
    assert set(after["simulation"]["simulated_gates"].values()) == {True}


def test_a_simulated_regret_never_touches_the_policy(policy, machine):
    machine.post("/graduation/simulate/regret", {"policy_id": policy.pk, "severity": 10})

    policy.refresh_from_db()
    assert (policy.mode, policy.regret_count) == (PolicyMode.ACTIVE, 0)
    assert not PolicyRegretSummary.objects.exists()
    assert RegretEvent.objects.get().pk.startswith("regret_sim_")


def test_simulated_rows_are_flagged_and_named_as_such(tenant, policy, machine):
    incident = factories.run_loop(tenant).incident_id
    machine.post("/graduation/simulate/prevention", {"policy_id": policy.pk})
    machine.post("/graduation/simulate/timeline-view", {"incident_id": incident})

    prevention, view = PreventionRecord.objects.get(), TimelineView.objects.get()
    assert (prevention.is_simulated, view.is_simulated) == (True, True)
    assert prevention.pk.startswith("prev_sim_")
    assert prevention.blocked_incident_id.startswith("inc_sim_prevented_")
    assert view.pk.startswith("tv_sim_")


def test_another_tenants_things_cannot_be_simulated_upon(machine):
    stranger = factories.make_tenant()
    theirs = learned.policy_in_force(stranger)
    incident = Incident.objects.get(pk=factories.run_loop(stranger).incident_id)

    for path, body in [
        ("prevention", {"policy_id": theirs.pk}),
        ("regret", {"policy_id": theirs.pk}),
        ("timeline-view", {"incident_id": incident.pk}),
    ]:
        assert machine.post(f"/graduation/simulate/{path}", body).status_code == 404
    assert not PreventionRecord.objects.exists()


def test_a_pattern_of_another_tenant_cannot_be_brought_along(policy, machine):
    foreign = factories.make_pattern(factories.make_tenant())
    body = {"policy_id": policy.pk, "pattern_id": foreign.pk}

    assert machine.post("/graduation/simulate/prevention", body).status_code == 404


@pytest.mark.parametrize(
    ("path", "extra"),
    [
        ("prevention", {"confidence": 0.59}),
        ("regret", {"severity": 11}),
        ("regret", {"severity": 0}),
    ],
)
def test_what_could_not_happen_is_not_simulated(policy, machine, path, extra):
    answer = machine.post(f"/graduation/simulate/{path}", {"policy_id": policy.pk} | extra)

    assert answer.status_code == 422


def test_a_day_holds_only_so_many_simulations(policy, machine, monkeypatch):
    monkeypatch.setattr("loops.actions.simulations.MOST_A_DAY", 2)
    body = {"policy_id": policy.pk}

    codes = [machine.post("/graduation/simulate/regret", body).status_code for _ in range(3)]

    assert codes == [201, 201, 429]
