"""Secrets outside that no credential keeps: noted before they are written and when their
credential goes, so that whatever dies in between, a job finds and erases them."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from integrations.domain.states import Store
from integrations.domain.stores import Place, Written
from integrations.models import Credential, SecretLeft
from m25console.models import Tenant
from m25console.refusals import Refusal

GRACE: Final = timedelta(minutes=10)  # in which a secret that was written gets its row
MAX_DELAY: Final = timedelta(hours=6)


class CannotKeep(Refusal):
    """The vault in which secrets are kept cannot take this one now."""

    status_code = 503
    code = "vault_unavailable"


def expect(place: Place, store: Store, *, tenant: Tenant, now: datetime) -> None:
    """A secret that may never have a credential is about to be written there, or was."""
    row = SecretLeft(
        tenant=tenant, credential_id=place.credential_id, store=store, due_at=now + GRACE,
        created_at=now,
    )  # fmt: skip
    SecretLeft.objects.bulk_create([row], ignore_conflicts=True)


def settle(written: Written) -> None:
    """It has its credential's row. Raises CannotKeep if that took so long that it was given up."""
    if written.kept.store == Store.SEALED:
        return
    if not _of(written.place).delete()[0]:
        raise CannotKeep("Storing this took too long. Try again.")


def is_left(place: Place) -> bool:
    """Whether something may lie there that no credential keeps."""
    return _of(place).exists()


def leave(row: Credential, *, now: datetime) -> None:
    """Its credential is deleted: it is to be erased."""
    if row.store != Store.SEALED:
        SecretLeft.objects.create(
            tenant_id=row.tenant_id, credential_id=row.pk, store=row.store, due_at=now,
            created_at=now,
        )  # fmt: skip


@transaction.atomic
def take(*, most: int, now: datetime) -> list[SecretLeft]:
    """Some that are due, put off so that nobody else takes them meanwhile."""
    due = SecretLeft.objects.filter(due_at__lte=now).order_by("due_at", "id")
    rows = list(due.select_for_update(skip_locked=True)[:most])
    for row in rows:
        row.tries += 1
        row.due_at = now + min(timedelta(minutes=2**row.tries), MAX_DELAY)
    SecretLeft.objects.bulk_update(rows, ["tries", "due_at"])
    return rows


def erased(place: Place) -> None:
    """Nothing is left there."""
    _of(place).delete()


def failed(row: SecretLeft, told: str) -> None:
    """It could not be erased; it is tried again."""
    SecretLeft.objects.filter(pk=row.pk).update(error=told[:300])


def _of(place: Place) -> QuerySet[SecretLeft]:
    return SecretLeft.objects.filter(tenant_id=place.tenant_id, credential_id=place.credential_id)
