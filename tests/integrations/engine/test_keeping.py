"""Secrets that lie outside; HashiCorp's double stands for every such vault."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from integrations import vault, vaults
from integrations.actions import credentials
from integrations.actions.credentials import About
from integrations.actions.leftovers import CannotKeep
from integrations.configuration import importing
from integrations.configuration.documents import exported
from integrations.domain.references import of_credential
from integrations.domain.states import Accessor, CredentialKind, Provider, Store
from integrations.domain.stores import VaultFault
from integrations.engine import keeping
from integrations.engine.connectors import registering
from integrations.models import Credential, CredentialAccess, Integration, SecretLeft
from integrations.vault import CannotResolve, Reader
from loops.engine.ledger import violations
from m25console import outbound
from m25console.access import Actor
from m25console.refusals import InvalidInput, NotFound, WrongState
from tests.integrations import connecting
from tests.integrations.building import NOW, a_credential, wanted
from tests.integrations.vaults import kv
from tests.integrations.vaults.kv import KeyValues

pytestmark = pytest.mark.django_db
KIND = CredentialKind.API_KEY
FIRST, SECOND = {"api_key": "sk-first"}, {"api_key": "sk-second"}


@pytest.fixture
def store(settings) -> Iterator[KeyValues]:
    with kv.running() as running:
        settings.VAULT_ADDR, settings.VAULT_TOKEN = running.url, kv.TOKEN
        settings.CREDENTIAL_VAULT_PROVIDER = "hashicorp"
        yield running


def stored(by: Actor, *, name: str = "a key") -> Credential:
    about = About(name=name, readers=frozenset({Accessor.SYSTEM}))
    return keeping.store(kind=KIND, secret=FIRST, about=about, by=by, now=NOW)


def read(row: Credential, by: Actor) -> str:
    reader = Reader(tenant=by.tenant, accessor=Accessor.SYSTEM, label="a test", now=NOW)
    return vault.resolve(of_credential(row.pk, tenant_id=row.tenant_id), by=reader)


def held(store: KeyValues, row: Credential) -> dict | None:
    return (store.versions.get(f"{row.tenant_id}/{row.pk}") or [None])[-1]


def test_a_secret_outside_is_stored_read_replaced_and_erased(admin: Actor, store: KeyValues):
    row = stored(admin)
    assert (row.store, row.sealed_secret, row.outside_version) == (Store.HASHICORP, None, "1")
    assert read(row, admin) == "sk-first"
    row = keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    assert (row.version, row.outside_version) == (2, "2")
    assert read(row, admin) == "sk-second"
    with pytest.raises(InvalidInput, match="already"):
        keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    keeping.delete(credential_id=row.pk, by=admin, now=NOW)
    assert store.versions == {}
    assert not SecretLeft.objects.exists()


def test_what_was_sealed_before_the_setting_changed_stays_where_it_is(
    admin: Actor, settings, store: KeyValues
):
    settings.CREDENTIAL_VAULT_PROVIDER = "sealed"
    here = stored(admin)
    settings.CREDENTIAL_VAULT_PROVIDER = "hashicorp"
    keeping.rotate(credential_id=here.pk, secret=SECOND, by=admin, now=NOW)
    assert read(here, admin) == "sk-second"
    assert store.versions == {}


def test_a_secret_whose_row_cannot_be_made_is_taken_away_again(admin: Actor, store: KeyValues):
    row = stored(admin)
    with pytest.raises(WrongState, match="another name"):
        stored(admin)
    assert list(store.versions) == [f"{admin.tenant.pk}/{row.pk}"]
    assert not SecretLeft.objects.exists()


def test_a_secret_left_behind_is_erased_by_the_job_once_the_vault_answers(
    admin: Actor, store: KeyValues
):
    row = stored(admin)
    store.fails_with = 503
    keeping.delete(credential_id=row.pk, by=admin, now=NOW)
    assert held(store, row)
    assert keeping.erase_left(NOW) == {"erased": 0, "failed": 1}
    assert "does not answer" in SecretLeft.objects.get().error
    assert keeping.erase_left(NOW) == {"erased": 0, "failed": 0}
    store.fails_with = 0
    assert keeping.erase_left(NOW + timedelta(hours=1)) == {"erased": 1, "failed": 0}
    assert held(store, row) is None
    assert keeping.erase_left(NOW + timedelta(hours=9)) == {"erased": 0, "failed": 0}


def test_a_process_that_dies_between_vault_and_row_leaves_a_note(
    admin: Actor, store: KeyValues, monkeypatch
):
    class Died(BaseException):
        pass

    def die(*args, **kwargs):
        store.fails_with = 503  # nor can it clean up after itself
        raise Died

    monkeypatch.setattr(credentials, "store", die)
    with pytest.raises(Died):
        stored(admin)
    store.fails_with = 0
    assert keeping.erase_left(NOW)["erased"] == 0  # it might still get its row
    assert keeping.erase_left(NOW + timedelta(minutes=10))["erased"] == 1
    assert store.versions == {}


def test_a_vault_that_takes_nothing_stores_nothing_and_replaces_nothing(
    admin: Actor, store: KeyValues
):
    row = stored(admin)
    store.fails_with = 403
    with pytest.raises(CannotKeep, match="refuses"):
        stored(admin, name="another")
    with pytest.raises(CannotKeep, match="not replaced"):
        keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    store.fails_with = 0
    assert Credential.objects.get().version == 1
    assert read(row, admin) == "sk-first"


def test_where_the_row_refuses_the_old_secret_is_in_its_place_again(
    admin: Actor, store: KeyValues, monkeypatch
):
    row = stored(admin)
    monkeypatch.setattr(credentials, "rotate", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    assert read(row, admin) == "sk-first"


def test_a_secret_replaced_while_its_credential_is_deleted_is_left_nowhere(
    admin: Actor, store: KeyValues, monkeypatch
):
    row = stored(admin)
    rotate = credentials.rotate

    def late(**told):
        keeping.delete(credential_id=row.pk, by=admin, now=NOW)
        store.versions[f"{row.tenant_id}/{row.pk}"] = [SECOND]  # written just after it was erased
        store.fails_with = 503
        return rotate(**told)

    monkeypatch.setattr(credentials, "rotate", late)
    with pytest.raises(NotFound):
        keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    store.fails_with = 0
    assert keeping.erase_left(NOW + timedelta(minutes=10)) == {"erased": 1, "failed": 0}
    assert store.versions == {}


def test_a_secret_that_cannot_be_read_is_a_state_of_its_credential(admin: Actor, store: KeyValues):
    row = stored(admin)
    store.versions.clear()
    with pytest.raises(CannotResolve, match="holds no secret"):
        read(row, admin)
    row.refresh_from_db()
    assert row.fault == "absent"
    tried = CredentialAccess.objects.filter(action="get").latest("id")
    assert (tried.success, tried.error) == (False, "absent")
    keeping.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)
    row.refresh_from_db()
    assert (row.fault, read(row, admin)) == ("", "sk-second")


def test_a_pasted_key_goes_outside_with_its_integration(admin: Actor, store: KeyValues):
    asked = wanted(admin, credential_ref="")
    made = keeping.connect(wanted=asked, secret="sk-first", by=admin, now=NOW)
    row = Credential.objects.get()
    assert held(store, row) == FIRST | {"_metadata": {"kept_by": "m25console"}}
    assert made.credential_ref == of_credential(row.pk, tenant_id=admin.tenant.pk)
    with pytest.raises(WrongState):
        keeping.connect(wanted=asked, secret="sk-other", by=admin, now=NOW + timedelta(days=1))
    assert len(store.versions) == Integration.objects.count() == 1


def test_a_connectors_secret_goes_outside_with_it_or_not_at_all(
    admin: Actor, store: KeyValues, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbound, "check_leads_outside", lambda _url: None)
    config = {"base_url": "https://api.example.org/v1", "auth_type": "bearer"}
    asked = connecting.wanted(config=config, secret={"token": "sk-first"})
    made = registering.register(wanted=asked, by=admin, now=NOW)
    row = Credential.objects.get()
    assert held(store, row) == {"token": "sk-first", "_metadata": {"kept_by": "m25console"}}
    assert made.credential_ref == of_credential(row.pk, tenant_id=admin.tenant.pk)
    with pytest.raises(WrongState):
        registering.register(wanted=asked, by=admin, now=NOW)
    masked = replace(asked, secret={"token": "***"})
    registering.change(connector_id=made.pk, wanted=masked, by=admin, now=NOW)
    made.refresh_from_db()
    assert made.credential_ref == of_credential(row.pk, tenant_id=admin.tenant.pk)
    assert len(store.versions) == Credential.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_names_in_addresses_are_looked_up(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
):
    locking: list[bool] = []
    monkeypatch.setattr(
        outbound, "check_leads_outside", lambda _url: locking.append(connection.in_atomic_block)
    )
    config = {"base_url": "https://llm.example.org/v1"}
    asked = wanted(admin, provider=Provider.CUSTOM, config=config)
    row = keeping.connect(wanted=asked, secret="", by=admin, now=NOW)
    keeping.reconnect(integration_id=row.pk, wanted=asked, secret="sk-new", by=admin, now=NOW)
    reached = connecting.wanted()
    linked = registering.register(wanted=reached, by=admin, now=NOW)
    registering.change(connector_id=linked.pk, wanted=reached, by=admin, now=NOW)
    importing.look(exported(admin, now=NOW), by=admin, now=NOW)
    assert locking == [False] * 6


def test_where_secrets_lie_outside_no_transaction_seals_one_here(admin: Actor, store: KeyValues):
    with pytest.raises(CannotKeep):
        a_credential(admin)
    row = stored(admin)
    with pytest.raises(CannotKeep):
        credentials.rotate(credential_id=row.pk, secret=SECOND, by=admin, now=NOW)


@pytest.mark.parametrize("provider", ["env", "hashicorp", "another"])
def test_int_17_a_vault_that_cannot_keep_tenants_secrets_is_refused(
    admin: Actor, settings, provider: str
):
    settings.CREDENTIAL_VAULT_PROVIDER, settings.VAULT_TOKEN = provider, ""
    with pytest.raises(VaultFault) as fault:
        vaults.for_new()
    assert fault.value.error == "unconfigured"
    with pytest.raises(CannotKeep):
        stored(admin)
    assert not Credential.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_ledger_tells_of_secrets_nobody_erased(admin: Actor, store: KeyValues):
    row = stored(admin)
    now = timezone.now()
    left = SecretLeft.objects.create(
        tenant=admin.tenant, credential_id=row.pk, store=Store.HASHICORP, due_at=now,
        created_at=now - timedelta(days=2),
    )  # fmt: skip
    broken = {one.rule.name for one in violations(tenant_id=admin.tenant.pk)}
    assert {"no_secret_in_use_is_erased", "secrets_left_are_erased"} <= broken
    left.delete()
    broken = {one.rule.name for one in violations(tenant_id=admin.tenant.pk)}
    assert not any("secret" in name for name in broken)
