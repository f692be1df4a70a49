"""Taking a change of routing back by hand: who may, when, and what remains of it."""

import pytest
from django.utils import timezone

from loops.actions import routing
from loops.engine import ledger
from loops.models import RoutingAdjustment
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def made(tenant: Tenant) -> RoutingAdjustment:
    factories.routed_loop(tenant)
    return RoutingAdjustment.objects.get()


def roll_back(one: RoutingAdjustment, by: Actor, *, reason: str = "It was the network."):
    return routing.roll_back(adjustment_id=one.pk, reason=reason, by=by, now=timezone.now())


def test_spec_65_a_rolled_back_change_weighs_nothing_and_says_why(tenant, made):
    reviewer = factories.make_actor(tenant)
    done = roll_back(made, reviewer, reason="  It was the network. ")
    assert (done.is_active, done.was_rolled_back) == (False, True)
    assert done.rollback_reason == "It was the network."
    assert (done.rolled_back_by, done.effective(made.created_at)) == (reviewer.label, 0)
    entry = AuditEntry.objects.get(action="adjustment.rolled_back")
    assert (entry.object_id, entry.note) == (made.pk, "It was the network.")
    assert list(ledger.violations()) == []


def test_the_loop_of_a_change_taken_back_by_hand_stays_complete(tenant, made):
    version = made.loop_trace.version
    roll_back(made, factories.make_actor(tenant))
    made.loop_trace.refresh_from_db()
    assert made.loop_trace.is_complete
    assert made.loop_trace.version > version


def test_a_change_is_taken_back_once(tenant, made):
    roll_back(made, factories.make_actor(tenant))
    with pytest.raises(WrongState, match="already"):
        roll_back(made, factories.make_actor(tenant))


def test_what_has_faded_cannot_be_taken_back(tenant, made):
    RoutingAdjustment.objects.update(is_active=False)
    with pytest.raises(WrongState, match="over"):
        roll_back(made, factories.make_actor(tenant))


def test_a_rollback_needs_a_reason(tenant, made):
    with pytest.raises(InvalidInput):
        roll_back(made, factories.make_actor(tenant), reason="  ")
    assert RoutingAdjustment.objects.get().is_active


def test_only_the_tenants_reviewers_may(tenant, made):
    with pytest.raises(NotPermitted):
        roll_back(made, factories.make_actor(tenant, role=Role.VIEWER))
    with pytest.raises(NotFound):
        roll_back(made, factories.make_actor(factories.make_tenant()))
    assert RoutingAdjustment.objects.get().is_active
