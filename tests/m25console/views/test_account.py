import pytest
from django.test import Client

from m25console.models import AuditEntry, Membership
from m25console.vocabulary import Role
from tests.m25console.builders import PASSWORD, a_member, a_person, a_tenant, signed_in

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
    actions = AuditEntry.objects.filter(actor=staff, tenant=tenant).values_list("action", flat=True)
    assert list(actions) == ["tenant.entered", "tenant.left"]


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
