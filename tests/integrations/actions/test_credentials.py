from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from integrations import vault
from integrations.actions import credentials
from integrations.actions.credentials import About
from integrations.domain.references import of_blob, of_credential
from integrations.domain.states import Accessor, CredentialAction, CredentialKind
from integrations.models import Credential, CredentialAccess
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.sealing import encrypted
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import NOW, a_credential

pytestmark = pytest.mark.django_db
SECRET = "sk-canary-5b1f0d"


def reader(by: Actor, accessor: Accessor = Accessor.SYSTEM, *, now=NOW) -> Reader:
    return Reader(tenant=by.tenant, accessor=accessor, label="a test", now=now)


def reference(row: Credential) -> str:
    return of_credential(row.pk, tenant_id=row.tenant_id)


def test_a_stored_secret_is_read_by_whom_a_rule_allows_and_every_read_is_written_down(
    admin: Actor,
):
    row = a_credential(admin, secret=SECRET)
    assert vault.resolve(reference(row), by=reader(admin)) == SECRET
    row.refresh_from_db()
    assert (row.access_count, row.last_accessed_at) == (1, NOW)
    read = CredentialAccess.objects.get(credential_id=row.pk, action=CredentialAction.GET)
    assert read.success
    assert read.rule.startswith("rule-")


def test_int_17_without_a_rule_nobody_reads_and_the_attempt_is_written_down(admin: Actor):
    row = a_credential(admin, readers=())
    with pytest.raises(CannotResolve, match="No rule"):
        vault.resolve(reference(row), by=reader(admin))
    tried = CredentialAccess.objects.get(credential_id=row.pk, action=CredentialAction.GET)
    assert (tried.success, tried.rule, tried.error) == (False, "fail-closed-default", "denied")


def test_int_06_a_reference_into_another_tenants_vault_leads_nowhere(
    admin: Actor, other_admin: Actor
):
    row = a_credential(other_admin, secret=SECRET)
    for text in (reference(row), of_credential(row.pk, tenant_id=admin.tenant.pk)):
        with pytest.raises(CannotResolve):
            vault.resolve(text, by=reader(admin))


@pytest.mark.parametrize(
    ("kind", "secret", "name"),
    [
        (CredentialKind.API_KEY, {"key": "x"}, "k"),
        (CredentialKind.DATABASE, {"host": "h", "username": "u"}, "k"),
        (CredentialKind.CUSTOM, {}, "k"),
        (CredentialKind.API_KEY, {"api_key": "x"}, "n" * 129),
    ],
)
def test_int_18_a_secret_that_lacks_a_part_or_a_good_name_is_not_stored(
    admin: Actor, kind, secret, name
):
    with pytest.raises(InvalidInput):
        credentials.store(kind=kind, secret=secret, about=About(name=name), by=admin, now=NOW)


def test_int_19_what_has_expired_is_not_read(admin: Actor):
    row = a_credential(admin, expires_at=NOW)
    assert vault.read(row.pk, by=reader(admin))
    with pytest.raises(CannotResolve, match="expired"):
        vault.read(row.pk, by=reader(admin, now=NOW + timedelta(seconds=1)))
    assert CredentialAccess.objects.filter(error="expired", success=False).count() == 1


def test_a_new_secret_takes_the_place_of_the_old_one_and_the_same_is_refused(admin: Actor):
    row = a_credential(admin, secret="first")
    later = NOW + timedelta(days=1)
    fresh = {"api_key": "second"}
    credentials.rotate(credential_id=row.pk, secret=fresh, by=admin, now=later)
    row.refresh_from_db()
    assert (row.version, row.secret_rotated_at) == (2, later)
    assert vault.resolve(reference(row), by=reader(admin)) == "second"
    with pytest.raises(InvalidInput, match="already"):
        credentials.rotate(credential_id=row.pk, secret=fresh, by=admin, now=later)


def test_int_20_editing_a_description_does_not_postpone_the_next_rotation(admin: Actor):
    row = a_credential(admin, rotate_every_days=30)
    about = About(name="other", description="edited", rotate_every_days=30)
    credentials.change(credential_id=row.pk, about=about, by=admin, now=NOW + timedelta(days=9))
    row.refresh_from_db()
    assert row.secret_rotated_at == NOW


def test_a_deleted_credential_keeps_no_secret(admin: Actor):
    row = a_credential(admin, secret=SECRET)
    credentials.delete(credential_id=row.pk, by=admin, now=NOW)
    row.refresh_from_db()
    assert row.sealed_secret is None
    with pytest.raises(CannotResolve, match="deleted"):
        vault.read(row.pk, by=reader(admin))
    a_credential(admin, name=row.name)


def test_a_sealed_reference_is_opened_for_its_tenant(admin: Actor, other_admin: Actor):
    text = of_blob(encrypted(SECRET.encode(), tenant_id=admin.tenant.pk))
    assert vault.resolve(text, by=reader(admin)) == SECRET
    with pytest.raises(CannotResolve) as refused:
        vault.resolve(text, by=reader(other_admin))
    assert SECRET not in str(refused.value)


def test_int_07_a_variable_is_read_in_development_only(admin: Actor, settings, monkeypatch):
    monkeypatch.setenv("LLM_API_KEY_X", SECRET)
    with pytest.raises(CannotResolve, match="development"):
        vault.resolve("env://LLM_API_KEY_X", by=reader(admin))
    settings.CREDENTIALS_FROM_ENVIRONMENT = True
    assert vault.resolve("env://LLM_API_KEY_X", by=reader(admin)) == SECRET
    with pytest.raises(CannotResolve, match="not set"):
        vault.resolve("env://LLM_API_KEY_Y", by=reader(admin))


def test_who_may_what(admin: Actor, other_admin: Actor):
    reviewer = make_actor(admin.tenant, role=Role.REVIEWER)
    row = a_credential(admin)
    with pytest.raises(NotPermitted):
        a_credential(reviewer)
    with pytest.raises(NotPermitted):
        credentials.delete(credential_id=row.pk, by=reviewer, now=NOW)
    with pytest.raises(NotFound):
        credentials.delete(credential_id=row.pk, by=other_admin, now=NOW)
    with pytest.raises(WrongState, match="another name"):
        a_credential(admin, name=row.name)


def test_reads_are_history(admin: Actor):
    row = a_credential(admin)
    mine = CredentialAccess.objects.filter(credential_id=row.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(success=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.delete()


def test_a_secret_is_found_nowhere_in_the_database(admin: Actor):
    row = a_credential(admin, secret=SECRET)
    vault.resolve(reference(row), by=reader(admin))
    credentials.rotate(credential_id=row.pk, secret={"api_key": f"{SECRET}-2"}, by=admin, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables"
                       " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")  # fmt: skip
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{SECRET}%"]
            )
            assert cursor.fetchone() == (0,), table
    assert AuditEntry.objects.filter(object_id=row.pk).count() == 2
