import pytest

from m25console.sealing import (
    CannotUnseal,
    decrypted,
    encrypted,
    key_version,
    seal,
    tenant_key,
    unseal,
)

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


@pytest.mark.parametrize("damage", [b"", b"\x02" + b"0" * 40, b"\x01" + b"0" * 40, b"\x02short"])
def test_what_is_damaged_is_refused(damage):
    with pytest.raises(CannotUnseal):
        unseal(damage, **MINE)


def test_another_master_key_reads_nothing(settings):
    sealed = seal(b"a secret", **MINE)
    settings.CREDENTIAL_MASTER_KEYS = (b"another key of thirty-two bytes.",)
    with pytest.raises(CannotUnseal):
        unseal(sealed, **MINE)


def test_int_15_what_is_sealed_opens_for_its_tenant_and_context_only():
    context = {"purpose": "integration", "name": "Prod"}
    blob = encrypted(b"a secret", tenant_id="ten_a", context=context)
    assert (
        decrypted(blob, tenant_id="ten_a", context=dict(reversed(context.items()))) == b"a secret"
    )
    assert blob != encrypted(b"a secret", tenant_id="ten_a", context=context)
    altered = blob[:-1] + bytes([blob[-1] ^ 1])
    for other, whose, beside in (
        (blob, "ten_b", context),
        (blob, "ten_a", {"purpose": "else", "name": "Prod"}),
        (altered, "ten_a", context),
    ):
        with pytest.raises(CannotUnseal) as refused:
            decrypted(other, tenant_id=whose, context=beside)
        assert "a secret" not in str(refused.value)


def test_int_16_the_key_of_a_tenant_is_derived_as_documented():
    wanted = "5e7293ad1b8a1f347904fab863005913fe26774c7889ad76c2125fe997b4eeb8"
    assert tenant_key(bytes(32), "t1").hex() == wanted


def test_a_new_master_key_seals_while_the_old_one_still_opens(settings):
    old, new = settings.CREDENTIAL_MASTER_KEYS[0], b"another key of thirty-two bytes."
    sealed = seal(b"a secret", **MINE)
    settings.CREDENTIAL_MASTER_KEYS = (new, old)
    assert unseal(sealed, **MINE) == b"a secret"
    fresh = seal(b"a secret", **MINE)
    settings.CREDENTIAL_MASTER_KEYS = (new,)
    assert unseal(fresh, **MINE) == b"a secret"
    assert key_version() == key_version(new) != key_version(old)
