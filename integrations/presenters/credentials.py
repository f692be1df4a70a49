"""Credentials as their list and page show them: everything about a secret but the secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from integrations import uses
from integrations.actions.credentials import readers_of
from integrations.domain import credentials, references
from integrations.domain.states import CredentialAction, CredentialKind, Store
from integrations.forms.credentials import KINDS, READERS
from integrations.models import Credential, CredentialAccess
from integrations.presenters.accesses import DEEDS
from integrations.uses import Use
from m25console import keyset
from m25console.access import Actor
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.sealing import known_versions

NEWEST: Final = Order("created_at")
ACCESSES: Final = 10

STORES: Final[Mapping[Store, str]] = {
    Store.SEALED: "this console",
    Store.HASHICORP: "HashiCorp Vault",
    Store.AWS: "AWS Secrets Manager",
}
FAULTS: Final[Mapping[str, str]] = {
    "absent": "Gone from its vault",
    "refused": "Its vault refuses us",
    "unreachable": "Its vault does not answer",
    "unreadable": "Cannot be read",
    "unconfigured": "Its vault is not set up",
}


@dataclass(frozen=True)
class CredentialRow:
    """One credential in a list."""

    row: Credential
    kind: str
    look: Look
    used_by: int
    rotation_due_at: datetime | None


@dataclass(frozen=True)
class CredentialPage:
    """One credential: how it stands, who may read it, who did, and what depends on it."""

    row: Credential
    kind: str
    store: str
    look: Look
    readers: Sequence[str]
    used_by: Sequence[Use]
    accesses: Sequence[CredentialAccess]
    deeds: Mapping[CredentialAction, str]  # what was done, in words
    rotation_due_at: datetime | None


def credential_list(
    actor: Actor, *, used: Mapping[str, Sequence[Use]], place: Place, now: datetime
) -> tuple[Page[Credential], list[CredentialRow]]:
    """A page of them, the newest first, each with how many things use it: one query."""
    rows = Credential.objects.for_tenant(actor.tenant).defer("sealed_secret")
    page = keyset.page(rows, order=NEWEST, place=place)
    return page, [_row(one, used, now) for one in page.rows]


def credential_page(row: Credential, *, now: datetime) -> CredentialPage:
    """A credential in full: three queries."""
    accesses = CredentialAccess.objects.filter(tenant_id=row.tenant_id, credential_id=row.pk)
    return CredentialPage(
        row=row,
        kind=KINDS[CredentialKind(row.kind)],
        store=STORES[Store(row.store)],
        look=_look(row, now),
        readers=[READERS[one] for one in sorted(readers_of(row)) if one in READERS],
        used_by=uses.of_credential(row.pk, tenant=row.tenant),
        accesses=list(accesses.order_by("-at", "-id")[:ACCESSES]),
        deeds=DEEDS,
        rotation_due_at=_due_at(row),
    )


def as_form(row: Credential) -> dict[str, Any]:
    """What is told of a credential, as its form begins."""
    return {
        "name": row.name,
        "description": row.description,
        "tags": ", ".join(row.tags),
        "expires_at": row.expires_at,
        "rotate_every_days": row.rotate_every_days,
        "readers": sorted(readers_of(row)),
    }


def choices(actor: Actor) -> list[tuple[str, str]]:
    """The stored credentials a form offers: reference and name."""
    rows = Credential.objects.for_tenant(actor.tenant).order_by("name", "id")
    return [
        (references.of_credential(pk, tenant_id=actor.tenant.pk), f"Stored: {name}")
        for pk, name in rows.values_list("pk", "name")
    ]


def _row(row: Credential, used: Mapping[str, Sequence[Use]], now: datetime) -> CredentialRow:
    used_by = len(used.get(references.of_credential(row.pk, tenant_id=row.tenant_id), ()))
    kind = KINDS[CredentialKind(row.kind)]
    return CredentialRow(row, kind, _look(row, now), used_by, _due_at(row))


def _due_at(row: Credential) -> datetime | None:
    return credentials.rotation_due_at(row.secret_rotated_at, every_days=row.rotate_every_days)


def _look(row: Credential, now: datetime) -> Look:
    due_at = _due_at(row)
    if fault := fault_of(row):
        return Look(FAULTS.get(fault, "Cannot be read"), "bad", "circle-x")
    if credentials.is_expired(row.expires_at, now=now):
        return Look("Expired", "bad", "clock")
    if due_at is not None and due_at <= now:
        return Look("To be replaced", "warn", "rotate")
    if credentials.is_expiring(row.expires_at, now=now):
        return Look("Ends soon", "warn", "hourglass")
    return Look("Good", "ok", "check")


def fault_of(row: Credential) -> str:
    """Why the secret cannot be read, as far as is known without asking for it."""
    if row.store == Store.SEALED and row.key_version not in known_versions():
        return "unreadable"
    return row.fault
