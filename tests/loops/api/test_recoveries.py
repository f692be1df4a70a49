"""Recoveries over the API: lists, decisions, reports of executions, the catalogue, figures."""

import pytest

from loops.domain.states import RecoveryStatus
from loops.models import FailurePattern, LoopTrace, RecoveryCandidate, RecoveryProvenance
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role, Scope
from tests import carrying, factories
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    person = factories.make_actor(tenant, role=Role.ADMIN).user
    return machine_of(tenant, scopes=Scope, decides_for=person)


@pytest.fixture
def pending(tenant: Tenant) -> RecoveryCandidate:
    return RecoveryCandidate.objects.get(trace=factories.run_loop(tenant))


def path_of(recovery: RecoveryCandidate, rest: str = "") -> str:
    return f"/recovery/candidates/{recovery.pk}{rest}"


def decide(machine: Machine, recovery: RecoveryCandidate, decision: str):
    return machine.post(path_of(recovery, "/decision"), {"decision": decision, "note": "because"})


def test_spec_115_what_is_decided_stays_decided(machine, pending):
    assert decide(machine, pending, "rejected").status_code == 200
    for again in ("approved", "rejected"):
        assert decide(machine, pending, again).status_code == 409
    pending.refresh_from_db()
    assert pending.status == RecoveryStatus.REJECTED


def test_a_decision_resolves_the_checkpoint_and_its_loop_goes_on(machine, pending):
    answer = decide(machine, pending, "approved")
    assert answer.json() == {
        "recovery_id": pending.pk,
        "status": "applied",
        "approvals_missing": 0,
        "loop_resumed": True,
    }
    trace = LoopTrace.objects.get(pk=pending.trace_id)
    assert not trace.is_blocked
    assert "recovery_suggested" in trace.stages["completed"]


def test_what_nobody_is_asked_about_cannot_be_decided(machine, tenant):
    factories.run_loops(tenant, times=3, message="no seat on flight 7")
    noted = RecoveryCandidate.objects.newest_first()[:1].get()
    assert noted.requires_confirmation == 0
    assert decide(machine, noted, "approved").status_code == 409


def test_a_list_is_narrowed(machine, pending):
    carrying.applied(pending.tenant, error_type="other")
    ids = {
        status: [
            one["recovery_id"]
            for one in machine.get("/recovery/candidates", status=status).json()["items"]
        ]
        for status in ("pending", "applied", "rejected")
    }
    assert ids["pending"] == [pending.pk]
    assert len(ids["applied"]) == 1
    assert ids["rejected"] == []
    watched = machine.get("/recovery/candidates", verification="watching").json()["items"]
    assert [one["recovery_id"] for one in watched] == ids["applied"]


def test_one_recovery_is_told_in_full(machine, tenant):
    recovery = carrying.applied(tenant)
    told = machine.get(path_of(recovery)).json()
    assert told["recovery"]["selected_action"] == "retry_exponential"
    assert told["recovery"]["rules_evaluated"][0]["rule_id"] == "timeout_retry"
    assert [one["executor"] for one in told["executions"]] == ["record_only"]
    assert [one["event_type"] for one in told["provenance"]] == ["approved"]


def test_whoever_carries_it_out_says_so(machine, tenant, settings):
    with carrying.endpoint_of(tenant, settings) as endpoint:
        recovery = carrying.applied(tenant)
        begun = machine.ask("PATCH", path_of(recovery), {"execution_status": "executing"})
        assert begun.json()["recovery"]["execution_status"] == "executing"
        assert carrying.carry_out_what_is_due() == 0
        assert endpoint.received == []
    done = {"execution_status": "succeeded", "execution_result": {"by": "hand"}, "note": "done"}
    answer = machine.ask("PATCH", path_of(recovery), done)
    assert answer.json()["recovery"]["verification"] == "watching"
    assert answer.json()["recovery"]["execution_result"] == {"by": "hand"}
    events = RecoveryProvenance.objects.filter(recovery=recovery).oldest_first()
    assert [one.event_type for one in events] == ["approved", "executed", "success"]
    assert AuditEntry.objects.filter(action="execution.succeeded").count() == 1
    action = recovery.selected_action
    action.refresh_from_db()
    assert (action.total_applications, action.successful_applications) == (1, 1)
    machine.ask("PATCH", path_of(recovery), {"execution_status": "rolled_back"})
    action.refresh_from_db()
    assert (action.total_applications, action.successful_applications) == (1, 0)


@pytest.mark.parametrize(("status", "code"), [("finished", 400), ("failed", 409), ("pending", 409)])
def test_a_report_that_cannot_be_is_refused(machine, tenant, status, code):
    recovery = carrying.applied(tenant)  # and recorded
    answer = machine.ask("PATCH", path_of(recovery), {"execution_status": status})
    assert answer.status_code == code


def test_what_was_not_applied_is_not_carried_out(machine, pending):
    answer = machine.ask("PATCH", path_of(pending), {"execution_status": "executing"})
    assert answer.status_code == 409


def test_the_catalogue_names_what_applies_to_a_code(machine):
    codes = [one["action_code"] for one in machine.get("/recovery/actions").json()]
    assert codes[0] == "retry_exponential"
    assert len(codes) == 7
    for_code = machine.get("/recovery/actions", error_code="timeout_upstream").json()
    assert [one["action_code"] for one in for_code] == ["retry_exponential", "circuit_breaker"]
    assert machine.get("/recovery/actions", action_type="skip").json()[0]["priority"] == 20


def test_figures_say_how_recoveries_went(machine, pending):
    carrying.applied(pending.tenant, error_type="other")
    assert machine.get("/recovery/stats").json() == {
        "period_hours": 720,
        "total": 2,
        "by_status": {"pending": 1, "applied": 1},
        "by_execution": {"succeeded": 1},
        "by_verification": {"watching": 1},
        "approval_rate": 1.0,
    }


def test_without_decisions_the_rate_is_zero(machine):
    assert machine.get("/recovery/stats").json()["approval_rate"] == 0.0


def test_a_remedy_is_suggested_to_the_next_incident_and_what_is_open_stays(machine, pending):
    pattern = pending.source_pattern
    wanted = {"action_type": "notify", "action_params": {"channel": "ops"}}
    answer = machine.ask("PUT", f"/patterns/{pattern.pk}/template", wanted)
    assert answer.json()["recovery_template"] == wanted
    later = RecoveryCandidate.objects.get(trace=factories.run_loop(pending.tenant))
    assert (later.action_type, later.suggestion_type) == ("notify", "template")
    pending.refresh_from_db()
    assert pending.action_type == "retry"
    [entry] = AuditEntry.objects.filter(action="pattern.remedy")
    assert entry.before == {"recovery_template": None}


def test_a_remedy_that_changed_meanwhile_is_not_overwritten(machine, pending):
    path = f"/patterns/{pending.source_pattern_id}/template"
    seen = machine.get(f"/patterns/{pending.source_pattern_id}").json()["remedy_digest"]
    assert machine.ask("PUT", path, {"action_type": "skip", "seen": seen}).status_code == 200
    late = machine.ask("PUT", path, {"action_type": "retry", "seen": seen})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "stale_remedy")


@pytest.mark.parametrize(
    "wanted",
    [
        {"action_type": "none"},
        {"action_type": "dance"},
        {"action_type": "retry", "action_params": {"a": "x" * 5000}},
        {"action_type": "retry", "action_params": {"a": "\0"}},
    ],
)
def test_what_is_no_remedy_is_refused(machine, pending, wanted):
    path = f"/patterns/{pending.source_pattern_id}/template"
    assert machine.ask("PUT", path, wanted).status_code == 422
    assert FailurePattern.objects.get().recovery_template is None


def test_only_an_admin_lets_it_be_applied_without_a_person(pending):
    path = f"/patterns/{pending.source_pattern_id}/template"
    wanted = {"action_type": "retry", "auto_apply_recovery": True}
    reviewer = factories.make_actor(pending.tenant).user
    machine = machine_of(pending.tenant, scopes=Scope, decides_for=reviewer)
    assert machine.ask("PUT", path, wanted).status_code == 403
