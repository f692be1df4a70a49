"""How many queries the pages of decisions take: eight at most, whatever hangs on the question."""

from collections.abc import Callable, Iterable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loops.actions import saved_views
from loops.domain.states import Resolution
from loops.engine.announcing import announce
from loops.models import CheckpointDecision, HumanCheckpoint, NotificationChannel
from m25console.access import ENTERED_KEY, Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import asking, factories, notifying
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
    decisions = CheckpointDecision.objects.filter(checkpoint=checkpoint)
    seen = [f"{here}/seen/{pk}" for pk in decisions.values_list("pk", flat=True)]
    parts = [f"{here}?partial={part}" for part in ("pane", "live")]
    return [here, *parts, f"{here}/print", *seen, f"/checkpoints?open={checkpoint.pk}"]


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


def test_a_decision_in_any_state_takes_eight_queries(
    tenant: Tenant, reader: Actor, others: list[Actor]
) -> None:
    approved = asking.policy_question(tenant, by=others[0])
    for one in others[1:]:
        asking.agree(approved, by=one, option=Resolution.APPROVE)
    held = factories.checkpoint_of(factories.run_loop(tenant, error_type="kind_1"))
    asking.hold(held, by=others[0])
    expired = factories.checkpoint_of(factories.run_loop(tenant, error_type="kind_2"))
    now = timezone.now()
    HumanCheckpoint.objects.filter(pk=expired.pk).update(
        resolution=Resolution.EXPIRED, resolved_at=now, auto_dismissed=True
    )

    for asked in (held, expired, approved, asking.carried_out(tenant, error_type="kind_3")):
        for browser in (signed_in(reader), staff_in(tenant)):
            assert too_dear(browser, pages_of(asked)) == {}


def test_a_stand_in_reads_a_decision_in_eight_queries(tenant: Tenant, others: list[Actor]) -> None:
    viewer = factories.make_actor(tenant, role=Role.VIEWER)
    factories.make_delegation(others[0], to=viewer)
    checkpoint = factories.checkpoint_of(factories.run_loop(tenant))

    assert too_dear(signed_in(viewer), pages_of(checkpoint)) == {}


@pytest.fixture
def much(tenant: Tenant, reader: Actor, others: list[Actor]) -> list[str]:
    """Pages that show what waits, once there is something of everything; the tenant's own."""
    busy = factories.checkpoint_of(factories.run_loop(tenant))
    asking.make_busy(busy, reader=reader, others=others)
    factories.make_prevention(factories.make_policy(tenant, error_type="another"))
    key = factories.make_group(tenant, by=reader, times=6)
    run = factories.make_bulk_run(factories.run_loop(tenant), by=reader)
    saved_views.save(name="All", query="", is_shared=True, by=reader, now=timezone.now())
    notifying.make_channel(tenant)
    notifying.make_channel(tenant, of=reader)
    announce(timezone.now())
    return [
        "/",
        "/?partial=overview",
        "/checkpoints",
        "/checkpoints?state=decided",
        "/checkpoints?mine=1&risk=low&q=timeout&pattern=timeout&sort=cost",
        "/checkpoints?partial=list",
        "/checkpoints?partial=facets",
        "/checkpoints?partial=news",
        "/checkpoints/groups",
        f"/checkpoints/groups/{key}",
        f"/checkpoints/bulk/{run.pk}",
        "/settings/delegations",
        "/notifications",
        "/account/notifications",
    ]


@pytest.mark.parametrize("role", Role)
def test_what_waits_takes_eight_queries_for_any_role(
    tenant: Tenant, much: list[str], role: Role
) -> None:
    assert too_dear(signed_in(factories.make_actor(tenant, role=role)), much) == {}


def test_what_waits_takes_platform_staff_eight_queries(tenant: Tenant, much: list[str]) -> None:
    of_tenant = NotificationChannel.objects.get(tenant=tenant, person=None)
    for_admins = [
        "/settings/checkpoints",
        "/settings/notifications",
        "/settings/deliveries",
        f"/channels/{of_tenant.pk}",
    ]

    assert too_dear(staff_in(tenant), [*much, *for_admins]) == {}
