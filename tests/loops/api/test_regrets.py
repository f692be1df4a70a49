"""Reporting harm through the API."""

import pytest

from loops.domain.states import PolicyMode
from loops.models import RegretEvent
from m25console.models import Tenant
from m25console.vocabulary import Scope
from tests import factories, learned
from tests.machines import Machine, machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def machine(tenant: Tenant) -> Machine:
    reviewer = factories.make_actor(tenant)
    return machine_of(tenant, scopes=[Scope.DECIDE, Scope.READ], decides_for=reviewer.user)


def test_a_report_says_what_the_policy_carries_now(tenant, machine):
    policy = learned.policy_in_force(tenant)

    answer = machine.post(f"/policies/{policy.pk}/regret", {"severity": 6, "regret_type": "perf"})

    assert answer.status_code == 201
    told = answer.json()
    assert (told["regret_score"], told["regret_count"], told["demoted"]) == ("3.0000", 1, False)
    assert told["policy_mode"] == PolicyMode.ACTIVE
    assert told["regret"]["is_simulated"] is False


def test_an_outage_disables_the_policy_at_once(tenant, machine):
    policy = learned.policy_in_force(tenant)

    told = machine.post(f"/policies/{policy.pk}/regret", {"severity": 10}).json()

    assert (told["policy_mode"], told["demoted"]) == (PolicyMode.DISABLED, True)
    assert told["demoted_reason"] == "Its regret score reached 5.0 of 5.0."
    assert told["regret"]["was_auto_rolled_back"] is True


def test_a_decision_of_another_policy_is_refused_with_its_name(tenant, machine):
    policy, bystander = learned.policy_in_force(tenant), learned.policy_in_force(tenant)
    evaluation = learned.decided_by(policy, matched=[policy, bystander])

    answer = machine.post(
        f"/policies/{bystander.pk}/regret", {"severity": 1, "evaluation_id": evaluation.pk}
    )

    assert answer.status_code == 409
    assert f"Policy {policy.pk} decided this request" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"severity": 0},
        {"severity": 11},
        {"severity": 2, "regret_type": "sorrow"},
        {"severity": 2, "affected_calls": -1},
        {"severity": 2, "affected_users": 2**31},
        {"severity": 2, "description": "a\0b"},
    ],
)
def test_what_cannot_be_is_refused(tenant, machine, wrong):
    policy = learned.policy_in_force(tenant)

    assert machine.post(f"/policies/{policy.pk}/regret", wrong).status_code == 422
    assert not RegretEvent.objects.exists()


def test_reports_are_listed_without_simulations(tenant, machine):
    policy = learned.policy_in_force(tenant)
    first = learned.regret_of(policy)
    learned.regret_of(policy, id="regret_sim_0123456789ab", is_simulated=True)

    items = machine.get(f"/policies/{policy.pk}/regrets").json()["items"]

    assert [one["regret_id"] for one in items] == [first.pk]
