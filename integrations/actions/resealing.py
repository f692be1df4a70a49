"""What the integrations keep sealed, and references that carry a secret sealed in themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db.models import Model, QuerySet

from integrations.domain import references
from integrations.domain.references import Scheme
from integrations.models import Credential
from integrations.vaults.sealed import PURPOSE
from m25console import audit
from m25console.access import system_actor
from m25console.models import Tenant
from m25console.refusals import InvalidInput
from m25console.resealing import Sealed, column_of
from m25console.sealing import CannotUnseal, decrypted, encrypted, key_version, reencrypted

COLUMN: Final = "credential_ref"
MARK: Final = f"{Scheme.ENCRYPTED}://"


@dataclass(frozen=True)
class Fresh:
    """A new reference; `old_was_readable` None where it takes the place of none."""

    reference: str
    old_was_readable: bool | None = None


def sealed_reference(secret: str, *, tenant: Tenant, instead_of: str = "") -> Fresh:
    """A reference that carries the secret, sealed for this tenant.

    Raises InvalidInput for an empty secret, and for one that the old reference carries already.
    """
    if not secret:
        raise InvalidInput("There is no secret to seal.")
    was_readable = None
    if instead_of:
        old = _carried(instead_of, tenant)
        if old == secret:
            raise InvalidInput("This is the secret that the reference carries already.")
        was_readable = old is not None
    blob = encrypted(secret.encode(), tenant_id=tenant.pk)
    return Fresh(references.of_blob(blob), was_readable)


def sealed() -> Sequence[Sealed]:
    """Every column of the integrations that keeps something sealed."""
    stored = column_of(Credential, "sealed_secret", purpose=PURPOSE, beside=_by_key)
    return stored, *(_references_of(model) for model in _referring())


def _by_key() -> dict[str, str]:
    return {"key_version": key_version()}


def _referring() -> list[type[Model]]:
    """The tables whose rows refer to a secret."""
    models = apps.get_app_config("integrations").get_models()
    return [one for one in models if COLUMN in {field.name for field in one._meta.fields}]


def _references_of(model: type[Model]) -> Sealed:
    def carrying() -> QuerySet[Any]:
        return model._default_manager.filter(**{f"{COLUMN}__startswith": MARK})

    return Sealed(f"{model._meta.db_table}.{COLUMN}", carrying, COLUMN, _carried_anew, noted=_noted)


def _carried_anew(reference: str, tenant_id: str) -> str | None:
    fresh = reencrypted(_blob(reference, tenant_id), tenant_id=tenant_id)
    return references.of_blob(fresh) if fresh else None


def _noted(row: Any, now: datetime) -> None:
    audit.record(
        by=system_actor(row.tenant, label="rotation of the master key"),
        action="reference.resealed", about=row, now=now,
        after={"credential": references.masked(row.credential_ref)},
    )  # fmt: skip


def _carried(reference: str, tenant: Tenant) -> str | None:
    """The secret in a reference, None if it cannot be read."""
    try:
        return decrypted(_blob(reference, tenant.pk), tenant_id=tenant.pk).decode()
    except CannotUnseal:
        return None


def _blob(reference: str, tenant_id: str) -> bytes:
    try:
        told = references.parse(reference, tenant_id=tenant_id, is_development=False)
    except references.ReferenceFault as fault:
        raise CannotUnseal(str(fault)) from None
    if told.scheme is not Scheme.ENCRYPTED:
        raise CannotUnseal("This reference carries no secret.")
    return references.blob_of(told)
