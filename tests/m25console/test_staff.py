"""What platform staff expect of the administration beyond lists and forms."""

import pytest
from django.test import Client
from django.urls import reverse

from m25console.models import AuditEntry, Tenant, User
from tests.administration import admin_address
from tests.m25console.builders import a_person, a_tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    browser = Client()
    browser.force_login(a_person("root", is_staff=True))
    return browser


def form_of(browser: Client, address: str) -> dict[str, str]:
    """What the form at this address would send if nothing were typed."""
    form = browser.get(address).context["adminform"].form
    return {name: form[name].value() or "" for name in form.fields}


def test_two_who_edit_one_tenant_do_not_overwrite_each_other(staff: Client) -> None:
    tenant = a_tenant()
    address = admin_address(Tenant, "change", tenant.pk)
    mine = form_of(staff, address)
    Tenant.objects.filter(pk=tenant.pk).update(name="Renamed by a colleague")

    answer = staff.post(address, mine | {"name": "Renamed by me"})

    tenant.refresh_from_db()
    assert tenant.name == "Renamed by a colleague"
    assert "Somebody changed this since you opened it" in answer.text


def test_an_edit_that_nobody_disturbs_is_saved_and_is_in_the_rows_history(staff: Client) -> None:
    tenant = a_tenant()
    address = admin_address(Tenant, "change", tenant.pk)

    staff.post(address, form_of(staff, address) | {"name": "Renamed by me"})

    tenant.refresh_from_db()
    assert tenant.name == "Renamed by me"
    history = staff.get(admin_address(Tenant, "history", tenant.pk)).text
    assert "tenant.changed" in history
    assert "Renamed by me" in history


def test_a_person_edited_by_two_is_not_overwritten_either(staff: Client) -> None:
    person = a_person("editor")
    address = admin_address(User, "change", person.pk)
    page = staff.get(address)
    seen = page.context["adminform"].form["seen"].value()
    User.objects.filter(pk=person.pk).update(full_name="By a colleague")

    answer = staff.post(
        address,
        {"username": "editor", "full_name": "By me", "seen": seen,
         "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"},
    )  # fmt: skip

    person.refresh_from_db()
    assert person.full_name == "By a colleague"
    assert "Somebody changed this since you opened it" in answer.text


def test_selected_tenants_and_people_are_switched_off_and_on_with_an_entry_each(
    staff: Client,
) -> None:
    tenant, person = a_tenant(), a_person("leaver")
    for row in (tenant, person):
        address = admin_address(type(row), "changelist")
        staff.post(address, {"action": "deactivate", "_selected_action": row.pk})
        row.refresh_from_db()
        assert not row.is_active
        staff.post(address, {"action": "activate", "_selected_action": row.pk})
        row.refresh_from_db()
        assert row.is_active

    changed = AuditEntry.objects.filter(action__in=["tenant.changed", "person.changed"])
    assert changed.count() == 4


def test_nobody_switches_themselves_off(staff: Client) -> None:
    me = User.objects.get(username="root")

    staff.post(
        admin_address(User, "changelist"),
        {"action": "deactivate", "_selected_action": me.pk},
    )

    me.refresh_from_db()
    assert me.is_active


def test_selected_rows_are_taken_away_as_csv_which_is_on_record(staff: Client) -> None:
    tenant = a_tenant()
    Tenant.objects.update(name="=1+1")

    answer = staff.post(
        admin_address(Tenant, "changelist"),
        {"action": "export_csv", "_selected_action": tenant.pk},
    )

    text = b"".join(answer.streaming_content).decode()
    assert "name,slug,is_active,created_at" in text
    assert "'=1+1" in text
    assert AuditEntry.objects.filter(action="table.exported", object_type="tenants").exists()


def test_the_index_says_how_the_platform_stands(staff: Client) -> None:
    a_tenant()

    page = staff.get(reverse("admin:index")).text

    assert "<dt>Active tenants</dt><dd>1</dd>" in page
    assert "Checkpoints waiting" in page
