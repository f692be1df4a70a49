"""A key that is entered with an MCP server or a data source is stored with it, or not at all."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from integrations.actions import mcp_servers, sources
from integrations.domain.mcp_servers import McpAuth
from integrations.engine import keeping, mcp_asking
from integrations.engine.mcp_keys import Key
from integrations.models import Credential, CredentialAccess, DataSource, McpServer, SecretLeft
from m25console.access import Actor
from m25console.models import AuditEntry
from tests.integrations.building import NOW
from tests.integrations.mcp_building import a_server, wanted
from tests.integrations.sourcing import a_source
from tests.integrations.vaults import kv
from tests.integrations.vaults.kv import KeyValues

pytestmark = pytest.mark.django_db
KEY = Key(McpAuth.BEARER, "sk-canary-entered")
SECRETS = {"host": "8.8.8.8", "password": "canary-password"}


class Died(BaseException):
    """The process is gone: nobody catches this, and nothing is cleaned up."""


@pytest.fixture
def store(settings) -> Iterator[KeyValues]:
    with kv.running() as running:
        settings.VAULT_ADDR, settings.VAULT_TOKEN = running.url, kv.TOKEN
        settings.CREDENTIAL_VAULT_PROVIDER = "hashicorp"
        yield running


def register(by: Actor) -> McpServer:
    asked = wanted(auth_type=McpAuth.BEARER)
    row, _ = mcp_asking.register(wanted=asked, key=KEY, by=by, now=NOW)
    return row


def die(*args: object, **kwargs: object) -> None:
    assert Credential.objects.count() == 1  # it is stored, and nothing refers to it yet
    raise Died


@pytest.mark.parametrize("kind", ["server", "server that is changed", "source"])
def test_a_process_that_dies_between_key_and_object_leaves_neither(
    admin: Actor, monkeypatch: pytest.MonkeyPatch, kind: str
):
    row = a_server(admin)
    before = AuditEntry.objects.count()
    monkeypatch.setattr(mcp_servers, "register", die)
    monkeypatch.setattr(mcp_servers, "change", die)
    monkeypatch.setattr(sources, "register", die)
    asked = mcp_servers.Wanted.of(row, auth_type=McpAuth.BEARER)
    doing = {
        "server": lambda: register(admin),
        "server that is changed": lambda: mcp_asking.change(
            server_id=row.pk, wanted=asked, key=KEY, by=admin, now=NOW
        ),
        "source": lambda: a_source(admin, config=SECRETS),
    }
    with pytest.raises(Died):
        doing[kind]()
    assert not Credential.objects.exists()
    assert not CredentialAccess.objects.exists()
    assert not DataSource.objects.exists()
    assert AuditEntry.objects.count() == before


def test_what_was_written_outside_for_an_object_that_never_came_is_erased_by_the_job(
    admin: Actor, store: KeyValues, monkeypatch: pytest.MonkeyPatch
):
    def die_for_good(*args: object, **kwargs: object) -> None:
        store.fails_with = 503  # nor can it clean up after itself
        die()

    monkeypatch.setattr(mcp_servers, "register", die_for_good)
    with pytest.raises(Died):
        register(admin)
    store.fails_with = 0
    assert not Credential.objects.exists()
    assert len(store.versions) == SecretLeft.objects.count() == 1
    assert keeping.erase_left(NOW + timedelta(minutes=10))["erased"] == 1
    assert store.versions == {}
