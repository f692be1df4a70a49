import pytest

from m25console.sealing import CannotUnseal, seal, unseal

MINE = {"tenant_id": "ten_a", "purpose": "webhook"}


def test_a_sealed_secret_is_read_again_by_its_owner():
    sealed = seal(b"a secret", **MINE)
    assert b"a secret" not in sealed
    assert unseal(sealed, **MINE) == b"a secret"


def test_the_same_secret_is_never_sealed_twice_alike():
    assert seal(b"a secret", **MINE) != seal(b"a secret", **MINE)


@pytest.mark.parametrize("other", [{"tenant_id": "ten_b"}, {"purpose": "else"}])
def test_nobody_else_reads_it(other):
    with pytest.raises(CannotUnseal):
        unseal(seal(b"a secret", **MINE), **MINE | other)


@pytest.mark.parametrize("damage", [b"", b"\x02" + b"0" * 40, b"\x01" + b"0" * 40, b"\x01short"])
def test_what_is_damaged_is_refused(damage):
    with pytest.raises(CannotUnseal):
        unseal(damage, **MINE)


def test_another_master_key_reads_nothing(settings):
    sealed = seal(b"a secret", **MINE)
    settings.CREDENTIAL_MASTER_KEY = b"another key of thirty-two bytes."
    with pytest.raises(CannotUnseal):
        unseal(sealed, **MINE)
