"""The keys by which a customer's programs report usage and ask for leave.

A key reads `tenant:integration:secret`; of the secret only the hash is kept.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from integrations.actions.integrations import locked
from integrations.models import IntegrationKey
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import NotSignedIn, WrongState
from m25console.rows import found

SECRET_BYTES: Final = 32
SHOWN: Final = 6  # characters of the secret by which its owner knows it again
MOST: Final = 20  # of one integration, in use
USED_EVERY: Final = timedelta(minutes=1)  # how exactly the last use is kept
_TENANT: Final = tuple(field.attname for field in Tenant._meta.concrete_fields)
_FIND: Final = f"""
SELECT k.id, k.integration_id, k.last_used_at, {", ".join(f"n.{column}" for column in _TENANT)}
FROM cus_integration_keys k JOIN tenants n ON n.id = k.tenant_id
WHERE k.secret_hash = %s AND k.revoked_at IS NULL
"""  # noqa: S608 - columns are those of our own tables


@dataclass(frozen=True)
class Bearer:
    """The integration a key stands for."""

    tenant: Tenant
    integration_id: str


@transaction.atomic
def issue(*, integration_id: str, by: Actor, now: datetime) -> tuple[IntegrationKey, str]:
    """A new key, and its text, shown only now. Raises NotFound, NotPermitted or WrongState."""
    check_connects(by)
    row = locked(integration_id, by)
    if row.keys.filter(revoked_at__isnull=True).count() >= MOST:
        raise WrongState(f"There are {MOST} keys already; revoke one first.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = IntegrationKey.objects.create(
        tenant=by.tenant, integration=row, prefix=secret[:SHOWN], secret_hash=_hash(secret),
        created_at=now, created_by=by.user,
    )  # fmt: skip
    after = {"integration": row.pk, "prefix": key.prefix}
    audit.record(by=by, action="integration_key.issued", about=key, after=after, now=now)
    return key, f"{by.tenant.pk}:{row.pk}:{secret}"


@transaction.atomic
def revoke(*, key_id: int, by: Actor, now: datetime) -> IntegrationKey:
    """Take a key's rights away at once. Raises NotFound, NotPermitted or WrongState."""
    check_connects(by)
    rows = IntegrationKey.objects.select_for_update(of=("self",)).filter(tenant=by.tenant)
    key = found(rows, str(key_id), noun="key")
    if key.revoked_at is not None:
        raise WrongState("This key was revoked already.")
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    audit.record(by=by, action="integration_key.revoked", about=key, now=now)
    return key


def bearer_of(text: str, *, now: datetime) -> Bearer:
    """Whom a key stands for. Raises NotSignedIn, alike for whatever is wrong with it."""
    tenant_id, _, rest = text.strip().partition(":")
    integration_id, _, secret = rest.partition(":")
    found = _found(secret) if secret.isascii() and tenant_id and integration_id else None
    named = found is not None and hmac.compare_digest(
        f"{found.tenant.pk}:{found.integration_id}".encode(),
        f"{tenant_id}:{integration_id}".encode(),
    )
    if found is None or not named or not found.tenant.is_active:
        raise NotSignedIn("This integration key is not known, or was revoked.")
    if found.last_used_at is None or now - found.last_used_at >= USED_EVERY:
        IntegrationKey.objects.filter(pk=found.key_id).update(last_used_at=now)
    return Bearer(found.tenant, found.integration_id)


@dataclass(frozen=True)
class _Found:
    key_id: int
    integration_id: str
    last_used_at: datetime | None
    tenant: Tenant


def _found(secret: str) -> _Found | None:
    """The key in use with this secret; one query, by hand: it is made at every check of a call."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [_hash(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, integration_id, last_used_at, *tenant = row
    return _Found(
        key_id, integration_id, last_used_at, Tenant.from_db(connection.alias, _TENANT, tenant)
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
