"""The master key is replaced: nothing is lost, whoever writes meanwhile."""

from dataclasses import replace
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from integrations import vault
from integrations.actions import credentials
from integrations.domain.references import of_blob
from integrations.models import Credential, Integration
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.resealing import declared, reseal
from m25console.sealing import encrypted, key_version
from m25console.vocabulary import Role
from tests import notifying
from tests.factories import make_actor, make_tenant
from tests.integrations.building import NOW, a_credential, an_integration

pytestmark = pytest.mark.django_db
NEW_KEY = b"a new master key of thirty-two b"


@pytest.fixture
def admin() -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


@pytest.fixture
def new_key(settings):
    """What puts a new key before the one in use."""

    def put() -> None:
        settings.CREDENTIAL_MASTER_KEYS = (NEW_KEY, *settings.CREDENTIAL_MASTER_KEYS)

    return put


def rotated(*arguments: str) -> str:
    told = StringIO()
    call_command("rotate_master_key", *arguments, stdout=told, stderr=told)
    return told.getvalue()


def of_credentials():
    [table] = [one for one in declared() if one.name == "cus_credentials.sealed_secret"]
    return table


def test_after_the_command_the_new_key_alone_opens_everything(admin: Actor, new_key, settings):
    row = a_credential(admin, secret="kept")
    channel = notifying.make_channel(admin.tenant, by=admin)
    reference = of_blob(encrypted(b"carried", tenant_id=admin.tenant.pk))
    refers = an_integration(admin, credential_ref=reference)
    new_key()
    assert "cus_credentials.sealed_secret: 1/1, 1 sealed again" in rotated()
    settings.CREDENTIAL_MASTER_KEYS = (NEW_KEY,)
    row.refresh_from_db()
    assert vault.opened(row) == {"api_key": "kept"}
    assert row.key_version == key_version()
    carried = Integration.objects.get(pk=refers.pk).credential_ref
    assert carried != reference
    told = AuditEntry.objects.get(object_id=refers.pk, action="reference.resealed")
    assert "carried" not in str(told.after)
    channel.refresh_from_db()
    for table in declared():
        for held in table.rows():
            assert table.anew(getattr(held, table.column), held.tenant_id) is None
    again = rotated()
    assert "1 sealed again" not in again
    assert key_version() in again


def test_one_tenant_at_a_time(admin: Actor, new_key):
    mine, other = a_credential(admin), a_credential(make_actor(make_tenant(), role=Role.ADMIN))
    new_key()
    rotated("--tenant", admin.tenant.slug)
    versions = Credential.objects.in_bulk([mine.pk, other.pk])
    assert versions[mine.pk].key_version == key_version()
    assert versions[other.pk].key_version == other.key_version


def test_a_secret_that_is_stored_meanwhile_is_kept(admin: Actor, new_key):
    row = a_credential(admin, secret="old")
    new_key()
    table = of_credentials()
    meddled = []

    def while_somebody_rotates(kept, tenant_id):
        fresh = table.anew(kept, tenant_id)
        if not meddled:
            secret = {"api_key": "the newest"}
            credentials.rotate(credential_id=row.pk, secret=secret, by=admin, now=NOW)
            meddled.append(True)
        return fresh

    [*_, end] = reseal(replace(table, anew=while_somebody_rotates), tenant=None, now=NOW)
    row.refresh_from_db()
    assert vault.opened(row) == {"api_key": "the newest"}
    assert (end.seen, end.left) == (1, ())


def test_what_nothing_opens_is_told_and_left(admin: Actor, settings, capsys):
    lost, good = a_credential(admin), a_credential(admin, secret="good")
    Credential.objects.filter(pk=lost.pk).update(sealed_secret=b"\x02 damaged, and long enough")
    settings.CREDENTIAL_MASTER_KEYS = (NEW_KEY, *settings.CREDENTIAL_MASTER_KEYS)
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_master_key", stdout=told, stderr=told)
    assert ended.value.code == 1
    assert f"{lost.pk} cannot be opened" in told.getvalue()
    good.refresh_from_db()
    assert good.key_version == key_version()


def test_every_column_that_is_called_sealed_is_declared():
    kept = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and field.name.startswith("sealed_")
    }
    assert kept <= {one.name for one in declared()}


def test_a_secret_is_sealed_from_standard_input(admin: Actor, monkeypatch):
    told = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO("sk-typed\n"))
    call_command("seal_secret", "--tenant", admin.tenant.slug, stdout=told)
    reference = told.getvalue().strip()
    reader = vault.Reader(admin.tenant, vault.Accessor.SYSTEM, "a test", NOW)
    assert vault.resolve(reference, by=reader) == "sk-typed"
    assert "sk-typed" not in reference
    monkeypatch.setattr("sys.stdin", StringIO("sk-typed\n"))
    with pytest.raises(Exception, match="carries already"):
        call_command("seal_secret", "--tenant", admin.tenant.slug, "--instead-of", reference)


def test_a_reference_that_is_replaced_need_not_be_readable(admin: Actor, monkeypatch):
    foreign = of_blob(encrypted(b"x", tenant_id="ten_another"))
    monkeypatch.setattr("sys.stdin", StringIO("sk-typed"))
    told, warned = StringIO(), StringIO()
    options = {"stdout": told, "stderr": warned}
    call_command("seal_secret", "--tenant", admin.tenant.slug, "--instead-of", foreign, **options)
    assert "could not be read" in warned.getvalue()
    reader = vault.Reader(admin.tenant, vault.Accessor.SYSTEM, "a test", NOW)
    assert vault.resolve(told.getvalue().strip(), by=reader) == "sk-typed"
