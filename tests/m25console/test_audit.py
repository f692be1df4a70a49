import pytest
from django.db import IntegrityError, transaction

from m25console import audit
from m25console.models import AuditEntry
from m25console.vocabulary import Role
from tests.m25console.builders import NOW, a_member, a_tenant

pytestmark = pytest.mark.django_db


def an_entry() -> AuditEntry:
    admin = a_member(a_tenant(), role=Role.ADMIN)
    return audit.record(
        by=admin,
        action="tenant.changed",
        about=admin.tenant,
        before={"name": "Acme", "slug": "acme"},
        after={"name": "Acme Freight", "slug": "acme"},
        now=NOW,
    )


def test_an_entry_says_who_what_and_only_what_differs() -> None:
    entry = an_entry()

    assert (entry.actor_label, entry.door, entry.object_type) == ("rita", "web", "tenants")
    assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme Freight"})


def test_the_database_refuses_to_change_an_entry() -> None:
    entry = an_entry()

    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(note="it was not me")
    assert AuditEntry.objects.get(pk=entry.pk).note == ""


def test_the_database_refuses_to_delete_an_entry() -> None:
    entry = an_entry()

    with pytest.raises(IntegrityError, match="history"), transaction.atomic():
        entry.delete()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()
