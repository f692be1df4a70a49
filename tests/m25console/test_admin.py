import pytest
from django.contrib import admin
from django.test import Client

from m25console.models import ApiToken, AuditEntry, Membership, Tenant, User
from m25console.vocabulary import Role
from tests.administration import admin_address
from tests.m25console.builders import a_member, a_person, a_tenant, a_token, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(a_person("root", is_staff=True))
    return browser


def test_every_list_opens_for_staff(staff: Client) -> None:
    """Those of the loop are opened where they have rows."""
    a_token(a_tenant())

    opened = {
        model.__name__: staff.get(admin_address(model, "changelist")).status_code
        for model in admin.site._registry
        if model._meta.app_label != "loops"
    }

    assert set(opened.values()) == {200}


def test_staff_without_a_tenant_land_in_the_administration(staff: Client) -> None:
    assert staff.get("/")["Location"] == "/admin/"


def test_admins_of_a_tenant_are_not_platform_staff() -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.ADMIN))

    answer = browser.get("/admin/", follow=True)

    assert answer.status_code == 403
    assert "Only platform staff" in answer.content.decode()


def test_strangers_come_to_the_one_sign_in(client: Client) -> None:
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_the_audit_cannot_be_touched(staff: Client) -> None:
    a_token(a_tenant())
    entry = AuditEntry.objects.earliest("pk")
    change = admin_address(AuditEntry, "change", entry.pk)
    delete = admin_address(AuditEntry, "delete", entry.pk)

    assert staff.get(change).status_code == 200
    assert staff.post(change, {"note": "x"}).status_code == 403
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    assert staff.get(admin_address(AuditEntry, "add")).status_code == 403


def test_a_tokens_digest_is_never_shown_and_staff_can_revoke(staff: Client) -> None:
    row, _token = a_token(a_tenant())

    page = staff.get(admin_address(ApiToken, "change", row.pk))
    staff.post(
        admin_address(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [row.pk]}
    )

    assert page.status_code == 200
    assert row.digest not in page.content.decode()
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert AuditEntry.objects.get(action="token.revoked").door == "admin"


def test_changing_a_tenant_is_on_record(staff: Client) -> None:
    tenant = a_tenant()

    staff.post(
        admin_address(Tenant, "change", tenant.pk),
        {"slug": "acme", "name": "Acme Freight", "is_active": "on"},
    )

    entry = AuditEntry.objects.get(action="tenant.changed")
    assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme Freight"})


def test_a_membership_given_by_staff_is_on_record(staff: Client) -> None:
    tenant = a_tenant()
    person = a_person()
    form = {
        "username": "rita",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-tenant": tenant.pk,
        "memberships-0-role": "reviewer",
        "memberships-0-user": str(person.pk),
    }

    staff.post(admin_address(User, "change", person.pk), form)

    assert Membership.objects.get().role == Role.REVIEWER
    assert AuditEntry.objects.get(action="member.added").after["role"] == "reviewer"
