"""Keeping secrets that must be read again: AES-256-GCM, under a key of the tenant's own.

A sealed secret opens only for the tenant and purpose it was sealed for.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class CannotUnseal(Exception):  # noqa: N818 - told to the person as the state of a secret
    """The secret was sealed under another master key, for somebody else, or is damaged."""


def seal(secret: bytes, *, tenant_id: str, purpose: str) -> bytes:
    """The secret, encrypted; only `unseal` with the same tenant and purpose reads it again."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(_key(tenant_id, purpose))
    return _VERSION + nonce + cipher.encrypt(nonce, secret, tenant_id.encode())


def unseal(sealed: bytes, *, tenant_id: str, purpose: str) -> bytes:
    """What was sealed. Raises CannotUnseal."""
    version, nonce, text = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if version != _VERSION:
        raise CannotUnseal("This secret was sealed by another version of the console.")
    try:
        return AESGCM(_key(tenant_id, purpose)).decrypt(nonce, text, tenant_id.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal(
            "This secret cannot be read with the master key in use; make a new one."
        ) from None


def _key(tenant_id: str, purpose: str) -> bytes:
    info = f"m25console {purpose} {tenant_id}".encode()
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info)
    return derived.derive(settings.CREDENTIAL_MASTER_KEY)
