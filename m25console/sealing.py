"""Keeping secrets that must be read again: AES-256-GCM, under a key of the tenant's own.

A sealed secret opens only for the tenant and the context it was sealed for (integrations 1.0.0):
the tenant's key is HMAC-SHA256 of the master key over `tenant:<id>`, and the tenant and context
are authenticated with the text. Several master keys may be in use: the first seals, each opens,
so that a key can be replaced while everything stays readable.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

LEAST_BLOB: Final = 28  # bytes: nonce and tag of an empty secret
_VERSION: Final = b"\x02"
_NONCE_BYTES: Final = 12


class CannotUnseal(Exception):  # noqa: N818 - told to the person as the state of a secret
    """The secret was sealed under another master key, for somebody else, or is damaged."""


def seal(secret: bytes, *, tenant_id: str, purpose: str) -> bytes:
    """The secret, encrypted; only `unseal` with the same tenant and purpose reads it again."""
    return _VERSION + encrypted(secret, tenant_id=tenant_id, context={"purpose": purpose})


def unseal(sealed: bytes, *, tenant_id: str, purpose: str) -> bytes:
    """What was sealed. Raises CannotUnseal."""
    if sealed[:1] != _VERSION:
        raise CannotUnseal("This secret was sealed by another version of the console.")
    return decrypted(sealed[1:], tenant_id=tenant_id, context={"purpose": purpose})


def resealed(sealed: bytes, *, tenant_id: str, purpose: str) -> bytes | None:
    """The same secret under the master key that seals now; None if that has sealed it already.
    Raises CannotUnseal."""
    secret = unseal(sealed, tenant_id=tenant_id, purpose=purpose)
    if _is_current(sealed[1:], tenant_id, {"purpose": purpose}):
        return None
    return seal(secret, tenant_id=tenant_id, purpose=purpose)


def encrypted(secret: bytes, *, tenant_id: str, context: Mapping[str, str] | None = None) -> bytes:
    """A nonce of 12 bytes, the encrypted secret and a tag of 16 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(tenant_key(settings.CREDENTIAL_MASTER_KEYS[0], tenant_id))
    return nonce + cipher.encrypt(nonce, secret, _authenticated(tenant_id, context))


def decrypted(blob: bytes, *, tenant_id: str, context: Mapping[str, str] | None = None) -> bytes:
    """What `encrypted` was given. Raises CannotUnseal, never saying what is wrong."""
    beside = _authenticated(tenant_id, context)
    for master in settings.CREDENTIAL_MASTER_KEYS:
        opened = _opened(blob, AESGCM(tenant_key(master, tenant_id)), beside)
        if opened is not None:
            return opened
    raise CannotUnseal("This secret cannot be read with the master key in use; make a new one.")


def reencrypted(blob: bytes, *, tenant_id: str) -> bytes | None:
    """As `resealed`, for what `encrypted` made without a context."""
    secret = decrypted(blob, tenant_id=tenant_id)
    if _is_current(blob, tenant_id, None):
        return None
    return encrypted(secret, tenant_id=tenant_id)


def tenant_key(master: bytes, tenant_id: str) -> bytes:
    """The tenant's own 32 bytes."""
    return hmac.new(master, f"tenant:{tenant_id}".encode(), hashlib.sha256).digest()


def key_version(master: bytes | None = None) -> str:
    """Eight hex digits that name a master key, by default the one that seals, and tell nothing
    of it."""
    key = master if master is not None else settings.CREDENTIAL_MASTER_KEYS[0]
    return hmac.new(key, b"key version", hashlib.sha256).hexdigest()[:8]


def known_versions() -> frozenset[str]:
    """The names of the master keys that open."""
    return frozenset(key_version(one) for one in settings.CREDENTIAL_MASTER_KEYS)


def _is_current(blob: bytes, tenant_id: str, context: Mapping[str, str] | None) -> bool:
    cipher = AESGCM(tenant_key(settings.CREDENTIAL_MASTER_KEYS[0], tenant_id))
    return _opened(blob, cipher, _authenticated(tenant_id, context)) is not None


def _opened(blob: bytes, cipher: AESGCM, beside: bytes) -> bytes | None:
    try:
        return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], beside)
    except (InvalidTag, ValueError):
        return None


def _authenticated(tenant_id: str, context: Mapping[str, str] | None) -> bytes:
    pairs = "".join(f"|{key}:{value}" for key, value in sorted((context or {}).items()))
    return f"tenant:{tenant_id}{pairs}".encode()
