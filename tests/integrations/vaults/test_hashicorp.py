"""HashiCorp's store, by a double of it that was written by hand: see kv.py."""

from collections.abc import Iterator

import pytest

from integrations.domain.states import Store
from integrations.domain.stores import Kept, Place, VaultFault
from integrations.vaults import hashicorp
from integrations.vaults.hashicorp import HashiCorp
from tests.integrations.vaults import kv
from tests.integrations.vaults.kv import KeyValues

PLACE = Place("ten_a", "cred_a")
PARTS = {"api_key": "sk-canary-kv", "other": "x"}
HELD = Kept(Store.HASHICORP)


@pytest.fixture
def store(settings) -> Iterator[KeyValues]:
    with kv.running() as running:
        settings.VAULT_ADDR, settings.VAULT_TOKEN = running.url, kv.TOKEN
        yield running


def test_a_secret_is_written_read_and_erased_in_all_its_versions(store: KeyValues, settings):
    settings.VAULT_NAMESPACE = "teams/ours"
    vault = HashiCorp()
    assert vault.write(PLACE, PARTS).outside_version == "1"
    assert vault.write(PLACE, PARTS | {"other": "y"}).outside_version == "2"
    assert vault.read(PLACE, HELD) == PARTS | {"other": "y"}
    assert store.versions["ten_a/cred_a"][-1]["_metadata"] == {"kept_by": "m25console"}
    vault.erase(PLACE)
    vault.erase(PLACE)
    assert store.versions == {}
    assert {(path, namespace) for _, path, namespace in store.asked} == {
        ("/v1/secret/data/ten_a/cred_a", "teams/ours"),
        ("/v1/secret/metadata/ten_a/cred_a", "teams/ours"),
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, "refused"), (404, "absent"), (500, "unreachable"), (503, "unreachable"),
     (302, "unreadable")],
)  # fmt: skip
def test_what_goes_wrong_is_told_without_the_secret(store: KeyValues, status: int, error: str):
    store.fails_with = status
    for ask in (lambda: HashiCorp().read(PLACE, HELD), lambda: HashiCorp().write(PLACE, PARTS)):
        with pytest.raises(VaultFault) as fault:
            ask()
        assert fault.value.error == error
        assert "sk-canary-kv" not in str(fault.value)
        assert fault.value.__cause__ is None


def test_a_vault_that_does_not_answer_is_waited_for_no_longer_than_its_limit(
    store: KeyValues, monkeypatch
):
    monkeypatch.setattr(hashicorp, "TIMEOUT_SECONDS", 0.2)
    store.waits = 1
    with pytest.raises(VaultFault) as fault:
        HashiCorp().read(PLACE, HELD)
    assert fault.value.error == "unreachable"


def test_what_is_no_secret_of_ours_is_not_taken_for_one(store: KeyValues):
    for held in ({"_metadata": {}}, {"a": 1}, "text"):
        store.versions["ten_a/cred_a"] = [held]
        with pytest.raises(VaultFault) as fault:
            HashiCorp().read(PLACE, HELD)
        assert fault.value.error == "unreadable"


def test_another_token_is_refused(store: KeyValues, settings):
    settings.VAULT_TOKEN = "another"
    with pytest.raises(VaultFault) as fault:
        HashiCorp().read(PLACE, HELD)
    assert fault.value.error == "refused"
