"""Executing within bounds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.models import BoundScope, Incident, RecoveryExecution
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Scope
from tests import carrying, factories
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    return machine_of(tenant, scopes=Scope, decides_for=factories.make_actor(tenant).user)


@pytest.fixture
def incident(tenant: Tenant) -> Incident:
    return factories.run_loop(tenant).incident


def execute(machine: Machine, scope: BoundScope | None, incident: Incident, **fields):
    wanted = {
        "scope_id": scope.pk if scope else None,
        "incident_id": incident.pk,
        "action": "retry_exponential",
    }
    return machine.post("/recovery/execute", wanted | fields)


def refusal(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_a_scope_is_made_with_its_bounds(machine, incident):
    answer = machine.post(
        "/recovery/scope",
        {"incident_id": incident.pk, "allowed_action": "retry_exponential", "ttl_seconds": 60},
    )
    told = answer.json()
    assert answer.status_code == 201
    assert (told["max_cost"], told["max_attempts"], told["status"]) == (0.5, 1, "active")
    assert told["scope_id"].startswith("scope_")
    assert len(told["scope_id"]) == 30
    assert machine.get(f"/recovery/scopes/{incident.pk}").json() == [told]
    assert AuditEntry.objects.filter(action="scope.created").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ttl_seconds": 59}, {"ttl_seconds": 3601}, {"max_attempts": 0}, {"max_attempts": 11},
        {"max_cost": -1}, {"max_cost": 100.01}, {"allowed_action": "dance"},
    ],
)  # fmt: skip
def test_bounds_have_bounds(machine, incident, wrong):
    wanted = {"incident_id": incident.pk, "allowed_action": "retry_exponential"} | wrong
    assert machine.post("/recovery/scope", wanted).status_code == 422


def test_an_execution_uses_the_scope_up(machine, incident):
    scope = carrying.make_scope(incident)
    answer = execute(machine, scope, incident)
    assert (answer.status_code, answer.json()["cost"]) == (202, 0.1)
    scope.refresh_from_db()
    assert (scope.status, scope.attempts_used, str(scope.cost_used)) == ("exhausted", 1, "0.10")
    assert refusal(execute(machine, scope, incident)) == (400, "scope_exhausted")
    assert RecoveryExecution.objects.filter(scope=scope).count() == 1


def test_refusals_come_in_their_order(machine, incident, tenant):
    other = factories.run_loop(tenant, error_type="other").incident
    assert refusal(execute(machine, None, incident)) == (400, "scoped_execution_required")
    unknown = execute(machine, None, incident, scope_id="scope_unknown")
    assert refusal(unknown) == (404, "not_found")
    scope = carrying.make_scope(incident)
    # A scope that is over says so before anything is said about incident or action.
    BoundScope.objects.update(status="revoked")
    assert refusal(execute(machine, scope, other)) == (400, "scope_revoked")
    BoundScope.objects.update(
        status="active", expires_at=timezone.now() + timedelta(milliseconds=1)
    )
    assert refusal(execute(machine, scope, other)) == (400, "scope_expired")
    later = timezone.now() + timedelta(minutes=5)
    BoundScope.objects.update(status="exhausted", expires_at=later)
    assert refusal(execute(machine, scope, other)) == (400, "scope_exhausted")
    BoundScope.objects.update(status="active")
    assert refusal(execute(machine, scope, other, action="skip_task")) == (403, "out_of_scope")
    assert refusal(execute(machine, scope, incident, action="skip_task")) == (403, "out_of_scope")
    BoundScope.objects.update(max_cost="0.05")
    assert refusal(execute(machine, scope, incident)) == (400, "scope_cost_exceeded")
    assert RecoveryExecution.objects.count() == 0


def test_a_revoked_scope_says_so_and_cannot_be_revoked_again(machine, incident):
    scope = carrying.make_scope(incident)
    assert machine.ask("DELETE", f"/recovery/scopes/{scope.pk}").json()["status"] == "revoked"
    answer = execute(machine, scope, incident)
    assert refusal(answer) == (400, "scope_revoked")
    assert "revoked" in answer.json()["error"]["message"]
    assert machine.ask("DELETE", f"/recovery/scopes/{scope.pk}").status_code == 409


def test_without_a_recovery_there_is_nothing_to_execute(machine, tenant):
    [receipt] = factories.report(tenant)
    incident = Incident.objects.get(pk=receipt.incident_id)
    assert execute(machine, carrying.make_scope(incident), incident).status_code == 409


def test_an_execution_in_a_scope_goes_to_the_endpoint(machine, incident, tenant, settings):
    scope = carrying.make_scope(incident)
    with carrying.endpoint_of(tenant, settings) as endpoint:
        execute(machine, scope, incident)
        carrying.carry_out_what_is_due()
        assert len(endpoint.received) == 1
    [execution] = RecoveryExecution.objects.filter(scope=scope)
    assert execution.status == "succeeded"
    assert execution.recovery.execution_status is None


def test_a_dry_run_executes_nothing_and_is_kept(machine, incident):
    recovery = incident.recoveries.get()
    path = f"/recovery/candidates/{recovery.pk}/scope-test"
    risky = machine.post(path, {"risk_class": "high"}).json()
    assert (risky["is_allowed"], len(risky["violations"])) == (False, 1)
    named = {"risk_class": "high", "target_agents": ["booking"], "fraction": 0.25}
    fine = machine.post(path, named).json()
    assert (fine["is_allowed"], fine["samples"], fine["cost_cents"]) == (True, 25, 10)
    assert RecoveryExecution.objects.filter(is_dry_run=True).count() == 2
