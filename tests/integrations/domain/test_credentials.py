from datetime import UTC, datetime, timedelta

import pytest

from integrations.domain import credentials
from integrations.domain.states import CredentialKind

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "secret", "told"),
    [
        (CredentialKind.API_KEY, {"key": "x"}, "API key is missing."),
        (CredentialKind.DATABASE, {"host": "h", "username": "u"}, "Password is missing."),
        (CredentialKind.CUSTOM, {}, "Enter the secret."),
        (CredentialKind.CUSTOM, {"_metadata": "x"}, "_metadata"),
    ],
)
def test_int_18_a_secret_has_the_parts_of_its_kind(kind, secret, told):
    assert any(told in one for one in credentials.faults(kind, secret))


def test_every_kind_says_what_it_needs():
    assert set(credentials.REQUIRED) == set(CredentialKind)
    for kind, parts in credentials.REQUIRED.items():
        assert credentials.faults(kind, dict.fromkeys(parts or ("any",), "x")) == []


def test_expired_and_expiring_are_told_apart():
    ended, soon = NOW - timedelta(seconds=1), NOW + timedelta(days=7)
    assert credentials.is_expired(ended, now=NOW)
    assert not credentials.is_expiring(ended, now=NOW)
    assert credentials.is_expiring(soon, now=NOW)
    assert not credentials.is_expiring(soon + timedelta(seconds=1), now=NOW)
    assert not credentials.is_expired(None, now=NOW)


def test_int_20_rotation_is_counted_from_the_secret_and_not_from_its_description():
    rotated = NOW - timedelta(days=31)
    assert credentials.rotation_due_at(rotated, every_days=30) == NOW - timedelta(days=1)
    assert credentials.rotation_due_at(rotated, every_days=None) is None


def test_a_reference_stands_for_the_key_or_else_the_first_part():
    assert credentials.value_of({"user": "u", "api_key": "k"}) == "k"
    assert credentials.value_of({"token": "t", "more": "m"}) == "t"


def test_a_secret_is_named_after_what_it_is_of_and_numbered_where_that_is_taken():
    assert credentials.name_for("Parcels", ["password"], taken=()) == "Parcels, password"
    assert credentials.name_for("Parcels", ["password", "api_key"], taken=()) == "Parcels, secrets"
    taken = {"Parcels, password", "Parcels, password 2"}
    assert credentials.name_for("Parcels", ["password"], taken=taken) == "Parcels, password 3"
