import pytest

from loops.domain.states import STAGES, EventStatus, FailureState, Stage
from loops.engine import dispatcher
from loops.models import LoopTrace
from tests import factories
from tests.machines import machine_of


@pytest.fixture
def blocked(tenant):
    """A loop that waits for a person to agree to its recovery."""
    return factories.run_loop(tenant, title="Gateway timed out")


@pytest.fixture
def complete(tenant):
    return factories.run_loops(tenant, times=3)[-1]


def test_a_blocked_loop_says_where_it_stands(machine, blocked):
    checkpoint = factories.checkpoint_of(blocked)
    told = machine.get(f"/loops/{blocked.pk}").json()
    assert told["incident_id"] == blocked.incident_id
    assert told["current_stage"] == Stage.RECOVERY_SUGGESTED
    assert told["stages_completed"] == [Stage.INCIDENT_CREATED, Stage.PATTERN_MATCHED]
    assert told["stages_failed"] == []
    assert (told["total_stages"], told["completion_pct"]) == (5, 40)
    assert (told["is_complete"], told["is_blocked"]) == (False, True)
    assert told["outcome"] == "waiting"
    assert told["failure_state"] == FailureState.HUMAN_CHECKPOINT_PENDING
    assert told["pending_checkpoints"] == [checkpoint.pk]
    assert told["completed_at"] is None


def test_a_complete_loop_says_so(machine, complete):
    told = machine.get(f"/loops/{complete.pk}").json()
    assert (told["completion_pct"], told["is_complete"], told["outcome"]) == (100, True, "complete")
    assert told["stages_completed"] == list(STAGES)
    assert told["completed_at"] is not None


def test_a_loop_is_found_by_its_incident(machine, blocked):
    by_incident = machine.get(f"/loops/{blocked.incident_id}").json()
    assert by_incident == machine.get(f"/loops/{blocked.pk}").json()


def test_the_links_of_a_loop_lead_somewhere(machine, blocked):
    links = machine.get(f"/loops/{blocked.pk}").json()["links"]
    assert set(links) == {"self", "incident", "events", "narrative"}
    for address in links.values():
        assert machine.get(address.removeprefix("/api/v1")).status_code == 200


def test_events_are_told_in_their_order(machine, complete):
    told = machine.get(f"/loops/{complete.pk}/events").json()
    assert told["loop_id"] == complete.pk
    assert [one["stage"] for one in told["items"]] == list(STAGES)
    assert [one["position"] for one in told["items"]] == [1, 2, 3, 4, 5]
    assert {one["status"] for one in told["items"]} == {EventStatus.DONE}
    assert told["items"][0]["details"]["result"]["occurrences"] == 3


def test_the_narrative_is_told_from_the_rows(machine, blocked):
    told = machine.get(f"/loops/{blocked.pk}/narrative").json()
    assert "Gateway timed out" in told["what_happened"]
    assert blocked.incident_id in told["before_after"]
    assert told["policy_origin"] is None
    assert told["human_decisions"] == []
    stages = [one["stage"] for one in told["timeline"]]
    assert stages == [Stage.INCIDENT_CREATED, Stage.PATTERN_MATCHED, Stage.RECOVERY_SUGGESTED]
    assert [one["requires_attention"] for one in told["timeline"]] == [False, False, True]


def test_a_fresh_loop_has_a_narrative_too(machine):
    sent = machine.post("/incidents", {"error_type": "timeout"}).json()
    told = machine.get(f"/loops/{sent['incident_id']}/narrative").json()
    assert [one["fact"] for one in told["timeline"]] == ["Under way."]
    assert told["what_we_learned"] is None


def test_loops_are_listed_by_their_outcome(machine, blocked):
    fresh = machine.post("/incidents", {"error_type": "timeout"}).json()["loop_id"]
    assert _ids(machine.get("/loops")) == [fresh, blocked.pk]
    assert _ids(machine.get("/loops", outcome="waiting")) == [blocked.pk]
    assert _ids(machine.get("/loops", outcome="running")) == [fresh]
    assert _ids(machine.get("/loops", outcome="failed")) == []
    assert machine.get("/loops", outcome="lost").status_code == 422


def _ids(answer):
    return [one["loop_id"] for one in answer.json()["items"]]


@pytest.fixture
def failed(tenant):
    """A loop whose first stage met an error."""

    def broken(loop, work, now):
        raise ValueError("The catalogue is in tatters.")

    [receipt] = factories.report(tenant)
    bridges = {**dispatcher.BRIDGES, Stage.INCIDENT_CREATED: broken}
    factories.advance(bridges=bridges)
    return LoopTrace.objects.get(pk=receipt.loop_id)


@pytest.mark.parametrize("name", ["pk", "incident_id"])
def test_a_failed_stage_is_retried_and_the_loop_goes_on(machine, failed, name):
    assert failed.failure_state == FailureState.ERROR
    answer = machine.post(f"/loops/{getattr(failed, name)}/retry", {"stage": "incident_created"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["loop_id"], told["outcome"], told["completion_pct"]) == (failed.pk, "waiting", 40)
    attempts = machine.get(f"/loops/{failed.pk}/events").json()["items"]
    assert [(one["attempt"], one["status"]) for one in attempts[:2]] == [(1, "failed"), (2, "done")]


def test_spec_38_a_completed_stage_is_not_retried(machine, blocked):
    answer = machine.post(f"/loops/{blocked.pk}/retry", {"stage": "incident_created"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_retriable"


@pytest.mark.parametrize("document", [{}, {"stage": 3}, {"stage": None}, [], {"stage": "x" * 65}])
def test_a_retry_without_a_stage_is_refused(machine, failed, document):
    assert machine.post(f"/loops/{failed.pk}/retry", document).status_code == 422


def test_a_retry_needs_the_scope_decide(tenant, failed):
    answer = machine_of(tenant).post(f"/loops/{failed.pk}/retry", {"stage": "incident_created"})
    assert answer.status_code == 403
    failed.refresh_from_db()
    assert failed.failure_state == FailureState.ERROR
