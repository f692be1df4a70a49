"""How many queries the pages of decisions take: eight at most, whatever hangs on the question."""

from collections.abc import Callable, Iterable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loops.domain.states import Resolution
from loops.models import HumanCheckpoint
from m25console.access import ENTERED_KEY, Actor
from m25console.models import Tenant
from tests import asking, factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
MOST = 8

type Question = Callable[[Tenant, Actor], HumanCheckpoint]


def _blind(tenant: Tenant, by: Actor) -> HumanCheckpoint:
    """Disputed under the blind rule, so that both answers are shown."""
    checkpoint = _plain(tenant, by)
    HumanCheckpoint.objects.filter(pk=checkpoint.pk).update(approvers_required=2, is_blind=True)
    asking.agree(checkpoint, by=by)
    asking.agree(checkpoint, by=factories.make_actor(tenant), option=Resolution.REJECT)
    return HumanCheckpoint.objects.get(pk=checkpoint.pk)


def _plain(tenant: Tenant, by: Actor) -> HumanCheckpoint:
    """One whose like was rejected before."""
    rejected = factories.checkpoint_of(factories.run_loop(tenant))
    asking.agree(rejected, by=by, option=Resolution.REJECT)
    return factories.checkpoint_of(factories.run_loop(tenant))


KINDS: dict[str, Question] = {
    "recovery": _plain,
    "likeness": lambda tenant, _by: asking.weak_match(tenant),
    "two people": lambda tenant, by: asking.novel_recovery(tenant, by=by),
    "blind": _blind,
    "routing": lambda tenant, _by: asking.routing_change(tenant),
    "floor": lambda tenant, by: asking.floor_override(tenant, by=by),
    "policy": lambda tenant, by: asking.policy_question(tenant, by=by),
    "revert": lambda tenant, by: asking.revert_question(tenant, by=by),
}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reader(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


@pytest.fixture
def others(tenant: Tenant) -> list[Actor]:
    return [factories.make_actor(tenant) for _ in range(3)]


def staff_in(tenant: Tenant) -> Client:
    """Platform staff, members nowhere, who entered the tenant."""
    browser = Client()
    browser.force_login(factories.make_user(is_staff=True, is_superuser=True))
    session = browser.session
    session[ENTERED_KEY] = tenant.slug
    session.save()
    return browser


def pages_of(checkpoint: HumanCheckpoint) -> list[str]:
    here = f"/checkpoints/{checkpoint.pk}"
    return [here, f"{here}?partial=pane", f"{here}?partial=live", f"{here}/print"]


def too_dear(browser: Client, pages: Iterable[str]) -> dict[str, int]:
    """The pages that take more queries than they may, and how many."""
    taken = {}
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page).status_code == 200
        taken[page] = len(queries)
    return {page: count for page, count in taken.items() if count > MOST}


@pytest.mark.parametrize("kind", KINDS)
def test_a_decision_of_any_kind_takes_eight_queries_however_much_hangs_on_it(
    tenant: Tenant, reader: Actor, others: list[Actor], kind: str
) -> None:
    checkpoint = KINDS[kind](tenant, others[1])
    asking.make_busy(checkpoint, reader=reader, others=others)

    for browser in (signed_in(reader), staff_in(tenant)):
        assert too_dear(browser, pages_of(checkpoint)) == {}
