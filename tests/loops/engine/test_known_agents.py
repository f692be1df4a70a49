"""Agents are known from what incidents and evaluations say of them."""

import pytest
from django.utils import timezone

from loops.engine import known_agents
from loops.models import Agent, PolicyEvaluation
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def names() -> list[tuple[str, str | None]]:
    return list(Agent.objects.order_by("agent_id").values_list("agent_id", "capability"))


def test_incidents_and_evaluations_name_agents(tenant: Tenant):
    factories.report(tenant, agent_id="a1", agent_capability="book")
    factories.report(tenant, agent_id="a1")
    factories.report(tenant)
    PolicyEvaluation.objects.create(
        tenant=tenant, features={}, agent_id="a2", decision="allow", book_version=0
    )
    assert known_agents.know(timezone.now()) == {"named": 2, "new": 2}
    assert names() == [("a1", "book"), ("a2", None)]


def test_a_second_run_learns_nothing_new(tenant: Tenant):
    factories.report(tenant, agent_id="a1")
    known_agents.know(timezone.now())
    assert known_agents.know(timezone.now()) == {"named": 1, "new": 0}


def test_the_senders_word_on_a_capability_outweighs_an_incidents(tenant: Tenant):
    factories.report(tenant, agent_id="a1", agent_capability="guessed")
    known_agents.know(timezone.now())
    factories.tell_traffic(tenant, decisions=1, successes=1, capability="stated")
    known_agents.know(timezone.now())
    assert names() == [("a1", "stated")]


def test_agents_of_one_name_in_two_tenants_are_two(tenant: Tenant):
    factories.report(tenant, agent_id="a1")
    factories.report(factories.make_tenant(), agent_id="a1")
    known_agents.know(timezone.now())
    assert Agent.objects.count() == 2
