"""Views of the queue: who keeps them, who sees them, who deletes them."""

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import saved_views
from loops.models import SavedView
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.refusals import InvalidInput, NotFound, NotPermitted
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.machines import machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def reviewer(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client


def keep(by: Actor, name: str = "Mine", *, shared: bool = False) -> SavedView:
    return saved_views.save(
        name=name, query="risk=high", is_shared=shared, by=by, now=timezone.now()
    )


def test_what_is_kept_is_on_record_until_it_is_deleted_and_after(reviewer):
    view = keep(reviewer)
    saved_views.delete(view_id=view.pk, by=reviewer, now=timezone.now())

    assert not SavedView.objects.exists()
    done = AuditEntry.objects.filter(object_id=str(view.pk)).order_by("pk")
    assert [one.action for one in done] == ["view.saved", "view.deleted"]


@pytest.mark.parametrize("name", ["mine", " MINE ", "", "   ", "x" * 81])
def test_a_name_that_is_given_already_or_is_none_is_refused(reviewer, name):
    keep(reviewer, "Mine")

    with pytest.raises(InvalidInput):
        keep(reviewer, name)
    assert SavedView.objects.count() == 1


def test_two_people_may_give_the_same_name(tenant, reviewer):
    keep(reviewer)
    keep(factories.make_actor(tenant))

    assert SavedView.objects.count() == 2


def test_a_person_keeps_fifty_at_most(reviewer):
    for number in range(50):
        keep(reviewer, f"View {number}")

    with pytest.raises(InvalidInput, match="delete one first"):
        keep(reviewer, "One more")


def test_a_viewer_keeps_views_and_shares_none(tenant):
    viewer = factories.make_actor(tenant, role=Role.VIEWER)
    keep(viewer)

    with pytest.raises(NotPermitted):
        keep(viewer, "Ours", shared=True)


def test_anothers_own_view_does_not_exist_and_a_shared_one_is_theirs(tenant, reviewer):
    other = factories.make_actor(tenant)
    own, shared = keep(other, "Own"), keep(other, "Shared", shared=True)

    with pytest.raises(NotFound):
        saved_views.delete(view_id=own.pk, by=reviewer, now=timezone.now())
    with pytest.raises(NotPermitted):
        saved_views.delete(view_id=shared.pk, by=reviewer, now=timezone.now())
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    saved_views.delete(view_id=shared.pk, by=admin, now=timezone.now())
    assert list(SavedView.objects.all()) == [own]


def test_the_page_keeps_what_is_chosen_and_opens_it_again(reviewer, tenant):
    browser = browser_of(reviewer)
    form = {"name": "Risky", "query": "risk=high&sort=cost&open=chk_1&older=x", "is_shared": "1"}

    answer = browser.post("/checkpoints/views", form)

    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("risk=high&sort=cost", True)
    assert answer["Location"] == f"/checkpoints?risk=high&sort=cost&view={view.pk}"
    [told] = browser.get(answer["Location"]).context["views"].listed
    assert (told.is_chosen, told.changed) == (True, False)
    [told] = browser.get(f"/checkpoints?risk=low&view={view.pk}").context["views"].listed
    assert told.changed
    seen = browser_of(factories.make_actor(tenant)).get("/checkpoints").content.decode()
    assert f'href="?risk=high&amp;sort=cost&amp;view={view.pk}"' in seen


def test_the_page_says_why_a_view_is_not_kept(reviewer):
    keep(reviewer, "Risky")

    answer = browser_of(reviewer).post("/checkpoints/views", {"name": "risky", "query": "risk=low"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "You have a view of this name already" in page
    assert 'value="risky"' in page
    assert answer.context["filters"].risk == "low"


def test_the_page_deletes_a_view_and_keeps_the_filters(reviewer):
    view = keep(reviewer)

    answer = browser_of(reviewer).post(
        f"/checkpoints/views/{view.pk}/delete", {"query": "band=novel"}
    )

    assert answer["Location"] == "/checkpoints?band=novel"
    assert not SavedView.objects.exists()


def test_going_on_by_itself_is_a_wish_of_the_session(reviewer):
    browser = browser_of(reviewer)

    assert not browser.get("/checkpoints").context["goes_on"]
    assert browser.post("/checkpoints/go-on", {"on": "1"}).status_code == 204
    assert browser.get("/checkpoints").context["goes_on"]


def test_machines_keep_list_and_delete_views(tenant, reviewer):
    machine = machine_of(tenant, scopes={Scope.READ, Scope.DECIDE}, decides_for=reviewer.user)

    made = machine.post("/saved-views", {"name": "Risky", "query": "risk=high&nonsense=1"})
    again = machine.post("/saved-views", {"name": "risky"})
    [listed] = machine.get("/saved-views").json()["items"]
    gone = machine.ask("DELETE", f"/saved-views/{listed['view_id']}", {})

    assert (made.status_code, made.json()["query"]) == (201, "risk=high")
    assert (again.status_code, list(again.json()["error"]["fields"])) == (422, ["name"])
    assert (listed["name"], listed["is_shared"]) == ("Risky", False)
    assert (gone.status_code, gone.json()) == (200, listed)


def change(view: SavedView, by: Actor, **fields: str) -> SavedView:
    return saved_views.change(view_id=view.pk, by=by, now=timezone.now(), **fields)


def test_a_view_is_renamed_and_keeps_other_filters_by_its_owner_or_an_admin(tenant, reviewer):
    own, shared = keep(reviewer, "Own"), keep(reviewer, "Shared", shared=True)
    other = factories.make_actor(tenant)
    admin = factories.make_actor(tenant, role=Role.ADMIN)

    change(own, reviewer, name="Risky", query="risk=low")
    change(shared, admin, name="Ours")

    own.refresh_from_db()
    assert (own.name, own.query) == ("Risky", "risk=low")
    done = AuditEntry.objects.filter(object_id=str(own.pk), action="view.changed").get()
    assert (done.before["name"], done.after["name"]) == ("Own", "Risky")
    with pytest.raises(NotPermitted):
        change(shared, other, name="Mine")
    with pytest.raises(NotFound):
        change(own, admin, name="Mine")
    with pytest.raises(InvalidInput, match="You have a view of this name"):
        change(own, reviewer, name="ours")


def test_the_page_renames_replaces_and_says_who_shared_a_view(tenant, reviewer):
    view, browser = keep(reviewer, "Risky", shared=True), browser_of(reviewer)
    keep(reviewer, "Taken")
    address = f"/checkpoints/views/{view.pk}"

    browser.post(address, {"name": "Riskier", "query": "risk=low"})
    browser.post(address, {"replace": "1", "query": "risk=low"})
    refused = browser.post(address, {"name": "taken", "query": "risk=low"})

    view.refresh_from_db()
    assert (view.name, view.query) == ("Riskier", "risk=low")
    assert (refused.status_code, 'id="view-rename-error"' in refused.text) == (422, True)
    seen = browser_of(factories.make_actor(tenant)).get(f"/checkpoints?view={view.pk}").text
    assert f"shared by {reviewer.user}" in seen
    assert 'id="view-delete"' not in seen


def test_machines_change_a_view(tenant, reviewer):
    machine = machine_of(tenant, scopes={Scope.READ, Scope.DECIDE}, decides_for=reviewer.user)
    view = keep(reviewer)

    told = machine.ask("PATCH", f"/saved-views/{view.pk}", {"query": "risk=low&nonsense=1"}).json()

    assert (told["name"], told["query"]) == ("Mine", "risk=low")
