import re

import pytest
from django.test import Client
from django.utils import timezone

from m25console import people
from m25console.models import ApiToken, AuditEntry, Membership, User
from m25console.vocabulary import Role
from tests.m25console.builders import PASSWORD, a_member, a_person, a_tenant, a_token, signed_in

pytestmark = pytest.mark.django_db


def test_changing_the_password_keeps_this_session_and_ends_the_others() -> None:
    actor = a_member(a_tenant())
    here, elsewhere = signed_in(actor), signed_in(actor)
    new = "another horse staple"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    here.post("/account/", form)

    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_a_short_password_is_refused_with_its_reason() -> None:
    browser = signed_in(a_member(a_tenant()))
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}

    answer = browser.post("/account/", form)

    assert answer.status_code == 422
    assert "at least 12 characters" in answer.content.decode()


def test_switching_changes_the_tenant_that_pages_show() -> None:
    actor = a_member(a_tenant("acme"))
    Membership.objects.create(user=actor.user, tenant=a_tenant("globex"), role=Role.VIEWER)
    browser = signed_in(actor)
    assert "People in Acme" in browser.get("/members/").content.decode()

    browser.post("/tenant/", {"tenant": "globex"})

    assert "People in Globex" in browser.get("/members/").content.decode()


def test_a_tenant_one_is_no_member_of_cannot_be_chosen() -> None:
    a_tenant("globex")
    browser = signed_in(a_member(a_tenant("acme")))

    assert browser.post("/tenant/", {"tenant": "globex"}).status_code == 404
    assert "People in Acme" in browser.get("/members/").content.decode()


def test_a_membership_that_ended_ends_access_at_once() -> None:
    actor = a_member(a_tenant())
    browser = signed_in(actor)
    Membership.objects.all().delete()

    answer = browser.get("/members/")

    assert answer.status_code == 403
    assert "not a member of any tenant" in answer.content.decode()


def test_staff_enter_and_leave_a_tenant_on_record() -> None:
    tenant = a_tenant()
    staff = a_person("root", is_staff=True)
    browser = Client()
    browser.force_login(staff)

    browser.post(f"/tenant/{tenant.pk}/enter/")

    page = browser.get("/tokens/").content.decode()
    assert "You entered <strong>Acme</strong> as platform staff." in page
    browser.post("/tenant/leave/")
    assert browser.get("/tokens/").status_code == 403
    entries = AuditEntry.objects.filter(actor=staff, tenant=tenant).order_by("pk")
    assert list(entries.values_list("action", flat=True)) == ["tenant.entered", "tenant.left"]


def test_others_cannot_enter_a_tenant() -> None:
    foreign = a_tenant("globex")
    browser = signed_in(a_member(a_tenant("acme"), role=Role.ADMIN))

    assert browser.post(f"/tenant/{foreign.pk}/enter/").status_code == 403
    assert "People in Acme" in browser.get("/members/").content.decode()


def test_someone_who_is_no_longer_staff_is_out_of_the_tenant_they_entered() -> None:
    tenant = a_tenant()
    staff = a_person("root", is_staff=True)
    browser = Client()
    browser.force_login(staff)
    browser.post(f"/tenant/{tenant.pk}/enter/")
    staff.is_staff = False
    staff.save()

    assert browser.get("/members/").status_code == 403


def test_a_chosen_time_zone_is_that_of_every_page() -> None:
    actor = a_member(a_tenant())
    browser = signed_in(actor)
    browser.cookies["tz"] = "America/New_York"
    assert "Times are in America/New_York (UTC-0" in browser.get("/members/").content.decode()

    browser.post("/account/preferences/", {"time_zone": "Asia/Kolkata", "single_keys": "on"})

    page = browser.get("/members/").content.decode()
    assert "Times are in Asia/Kolkata (UTC+05:30)." in page
    assert re.search(r'<time datetime="[^"]+Z" title="[^"]+ IST"', page)


@pytest.mark.parametrize(
    "told", ["../../etc/passwd", "/etc/passwd", "", "Mars/Base", "\x7f", "9" * 4000]
)
def test_a_browsers_zone_that_is_none_is_utc(told: str) -> None:
    browser = signed_in(a_member(a_tenant()))
    browser.cookies["tz"] = told

    assert "Times are in UTC." in browser.get("/members/").content.decode()


def test_a_zone_that_is_none_is_not_kept() -> None:
    actor = a_member(a_tenant())

    answer = signed_in(actor).post("/account/preferences/", {"time_zone": "../../etc/passwd"})

    assert answer.status_code == 422
    assert User.objects.get(pk=actor.user.pk).time_zone == ""


def test_machines_are_told_utc_whatever_their_person_prefers() -> None:
    tenant = a_tenant()
    actor = a_member(tenant)
    people.prefer(actor.user, time_zone="Asia/Kolkata", single_keys=True)
    _token, secret = a_token(tenant, decides_for=actor.user)

    answer = Client().get("/api/v1/incidents", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
    assert timezone.get_current_timezone_name() == "UTC"


def two_tenants() -> Client:
    """One session in two tabs: the first opened in Acme, the second switched to Globex."""
    actor = a_member(a_tenant("acme"))
    Membership.objects.create(user=actor.user, tenant=a_tenant("globex"), role=Role.ADMIN)
    browser = signed_in(actor)
    browser.post("/tenant/", {"tenant": "globex"})
    return browser


def test_a_form_of_a_page_opened_in_another_tenant_changes_nothing() -> None:
    browser = two_tenants()
    form = {"name": "m", "scopes": ["read"], "lifetime": "30"}

    refused = browser.post("/tokens/", form | {"from_tenant": "acme"})
    taken = browser.post("/tokens/", form | {"from_tenant": "globex"})

    assert refused.status_code == 409
    assert "You switched to Globex in another tab" in refused.content.decode()
    assert taken.status_code == 200
    assert ApiToken.objects.get().tenant.slug == "globex"


def test_a_fragment_for_a_page_of_another_tenant_is_not_given() -> None:
    browser = two_tenants()
    asked = {"HX-Request": "true", "X-Tenant": "acme"}

    answer = browser.get("/navigation/", headers=asked)

    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#notices"
    assert browser.get("/navigation/", headers=asked | {"X-Tenant": "globex"}).status_code == 200


def test_every_form_says_which_tenant_it_was_made_for_once() -> None:
    page = signed_in(a_member(a_tenant("acme"), role=Role.ADMIN)).get("/members/").content.decode()

    forms = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
    assert len(forms) >= 3
    assert all(one.count('name="from_tenant" value="acme"') == 1 for one in forms)


def test_what_is_about_the_person_works_from_any_tab() -> None:
    browser = two_tenants()

    told = {"tenant": "acme", "from_tenant": "acme"}
    assert browser.post("/tenant/", told).status_code == 302
    assert browser.post("/account/preferences/", {"from_tenant": "globex"}).status_code == 302
    assert browser.post("/sign-out/", {"from_tenant": "globex"}).status_code == 302
