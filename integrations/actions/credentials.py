"""Storing, changing, replacing and deleting a tenant's secrets, and who may read them."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from integrations.actions import leftovers, naming
from integrations.actions.leftovers import CannotKeep
from integrations.domain import credentials
from integrations.domain.states import Accessor, CredentialAction, CredentialKind, Store
from integrations.domain.stores import Kept, Place, VaultFault, Written
from integrations.models import Credential, CredentialAccess, CredentialRule
from integrations.models.ids import new_credential_id
from integrations.vaults.sealed import SealedHere
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput
from m25console.rows import check_room, found, hold

MOST: Final = 500  # of one tenant
MOST_TAGS: Final = 20
MAX_DAYS: Final = 3_650


@dataclass(frozen=True)
class About:
    """What is told of a credential; none of it is secret."""

    name: str
    description: str = ""
    tags: Sequence[str] = ()
    expires_at: datetime | None = None
    rotate_every_days: int | None = None
    readers: frozenset[Accessor] = field(default_factory=frozenset)


def check_new(*, kind: CredentialKind, secret: Mapping[str, str], about: About, by: Actor) -> None:
    """Raises NotPermitted or InvalidInput for what `store` would not take, whatever is stored."""
    check_connects(by)
    _check(about)
    check_secret(kind, secret)


@transaction.atomic
def store(
    *,
    kind: CredentialKind,
    secret: Mapping[str, str],
    about: About,
    by: Actor,
    now: datetime,
    written: Written | None = None,
) -> Credential:
    """A new credential, of a secret that was `written` for it or is sealed in its row.

    Raises NotPermitted, InvalidInput, WrongState for a name that is taken, or CannotKeep.
    """
    check_new(kind=kind, secret=secret, about=about, by=by)
    written = written or _sealed_here(secret, by=by)
    hold(by.tenant)
    check_room(Credential.objects.for_tenant(by.tenant), most=MOST, noun="credentials")
    row = Credential(
        pk=written.place.credential_id, tenant=by.tenant, kind=kind, created_by=by.user,
        created_at=now, updated_at=now, secret_rotated_at=now,
    )  # fmt: skip
    _fill(row, about)
    _keep(row, written.kept)
    _saved(row, is_new=True)
    leftovers.settle(written)
    _set_readers(row, about.readers, now=now)
    _recorded(row, CredentialAction.STORE, by=by, now=now)
    audit.record(by=by, action="credential.stored", about=row, after=_told(row, about), now=now)
    return row


@transaction.atomic
def change(*, credential_id: str, about: About, by: Actor, now: datetime) -> Credential:
    """Set what is told of it and who may read it; the secret stays.

    Raises NotFound, NotPermitted, InvalidInput, or WrongState for a name taken.
    """
    row = _locked(credential_id, by)
    _check(about)
    before = _told(row, _as_stored(row))
    _fill(row, about)
    row.updated_at = now
    _saved(row)
    _set_readers(row, about.readers, now=now)
    _recorded(row, CredentialAction.UPDATE, by=by, now=now)
    audit.record(
        by=by, action="credential.changed", about=row, before=before, after=_told(row, about),
        now=now,
    )  # fmt: skip
    return row


def to_rotate(credential_id: str, *, secret: Mapping[str, str], by: Actor) -> Credential:
    """The credential, not locked. Raises NotFound, NotPermitted, or InvalidInput for a secret that
    cannot take the place of its own."""
    row = found(Credential.objects.for_tenant(by.tenant), credential_id, noun="credential")
    check_connects(by)
    check_secret(CredentialKind(row.kind), secret)
    return row


@transaction.atomic
def rotate(
    *,
    credential_id: str,
    secret: Mapping[str, str],
    by: Actor,
    now: datetime,
    written: Written | None = None,
) -> Credential:
    """Replace the secret, which was `written` where the old one lies or is sealed in the row; who
    refers to it reads the new one from now on.

    Raises NotFound, NotPermitted, CannotKeep, or InvalidInput, also for the secret that is stored
    already.
    """
    row = _locked(credential_id, by)
    check_secret(CredentialKind(row.kind), secret)
    if written is None:
        written = _sealed_again(row, secret)
    before = {"version": row.version}
    _keep(row, written.kept)
    row.version, row.secret_rotated_at, row.updated_at = row.version + 1, now, now
    row.save()
    _recorded(row, CredentialAction.ROTATE, by=by, now=now)
    after = {"version": row.version}
    audit.record(by=by, action="credential.rotated", about=row, before=before, after=after, now=now)
    return row


@transaction.atomic
def delete(*, credential_id: str, by: Actor, now: datetime) -> Credential:
    """Destroy the secret, one that lies outside by a job; what was told of it stays in the
    history.

    Raises NotFound or NotPermitted.
    """
    row = _locked(credential_id, by)
    before = _told(row, _as_stored(row))
    row.sealed_secret, row.key_version, row.deleted_at, row.updated_at = None, "", now, now
    row.save()
    leftovers.leave(row, now=now)
    row.rules.all().delete()
    _recorded(row, CredentialAction.DELETE, by=by, now=now)
    audit.record(by=by, action="credential.deleted", about=row, before=before, now=now)
    return row


def readers_of(row: Credential) -> frozenset[Accessor]:
    """Who may read this one by a rule of its own."""
    return frozenset(Accessor(one) for one in row.rules.values_list("accessor", flat=True))


def _locked(credential_id: str, by: Actor) -> Credential:
    rows = Credential.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    row = found(rows, credential_id, noun="credential")
    check_connects(by)
    return row


def _check(about: About) -> None:
    wrong: dict[str, list[str]] = {}
    if not about.name.strip() or len(about.name) > credentials.MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {credentials.MAX_NAME} characters."]
    if len(about.tags) > MOST_TAGS or any(not one or len(one) > 50 for one in about.tags):
        wrong["tags"] = [f"Give it at most {MOST_TAGS} tags of up to 50 characters."]
    days = about.rotate_every_days
    if days is not None and not 1 <= days <= MAX_DAYS:
        wrong["rotate_every_days"] = [f"Choose between 1 and {MAX_DAYS:,} days."]
    if wrong:
        raise InvalidInput.of(wrong)


def check_secret(kind: CredentialKind, secret: Mapping[str, str]) -> None:
    """Raises InvalidInput for a secret that lacks a part of its kind."""
    if faults := credentials.faults(kind, secret):
        raise InvalidInput.of({"secret": faults})


def refuse_the_same(old: Mapping[str, str], fresh: Mapping[str, str]) -> None:
    """Raises InvalidInput where nothing would be replaced."""
    if old == fresh:
        told = "This is the secret that is stored already."
        raise InvalidInput(told, fields={"secret": [told]})


def _sealed_here(secret: Mapping[str, str], *, by: Actor) -> Written:
    """Raises CannotKeep where secrets are kept outside: a transaction cannot go there."""
    if settings.CREDENTIAL_VAULT_PROVIDER != Store.SEALED:
        raise CannotKeep("Store the secret on the page of credentials first, and refer to it here.")
    place = Place(by.tenant.pk, new_credential_id())
    return Written(place, SealedHere().write(place, secret))


def _sealed_again(row: Credential, secret: Mapping[str, str]) -> Written:
    if row.store != Store.SEALED:
        raise CannotKeep("This secret lies outside, and is replaced there.")
    with contextlib.suppress(VaultFault):
        refuse_the_same(SealedHere().read(row.place, row.kept), secret)
    return Written(row.place, SealedHere().write(row.place, secret))


def _fill(row: Credential, about: About) -> None:
    row.name, row.description = about.name.strip(), about.description.strip()
    row.tags = list(dict.fromkeys(about.tags))
    row.expires_at, row.rotate_every_days = about.expires_at, about.rotate_every_days


def _keep(row: Credential, kept: Kept) -> None:
    row.store, row.sealed_secret, row.key_version = kept.store, kept.sealed, kept.key_version
    row.outside_version, row.fault = kept.outside_version, ""


def _saved(row: Credential, *, is_new: bool = False) -> None:
    naming.save(row, constraint="credential_name_once", noun="a credential", is_new=is_new)


def _set_readers(row: Credential, readers: frozenset[Accessor], *, now: datetime) -> None:
    row.rules.exclude(accessor__in=readers).delete()
    CredentialRule.objects.bulk_create(
        [
            CredentialRule(tenant_id=row.tenant_id, credential=row, accessor=one, created_at=now)
            for one in sorted(readers)
        ],
        ignore_conflicts=True,
    )


def _recorded(row: Credential, action: CredentialAction, *, by: Actor, now: datetime) -> None:
    accessor = Accessor.HUMAN if by.user else Accessor.MACHINE
    CredentialAccess.objects.create(
        tenant=by.tenant, credential_id=row.pk, accessor=accessor, accessor_label=by.label[:254],
        action=action, success=True, at=now,
    )  # fmt: skip


def _as_stored(row: Credential) -> About:
    return About(
        name=row.name, description=row.description, tags=row.tags, expires_at=row.expires_at,
        rotate_every_days=row.rotate_every_days, readers=readers_of(row),
    )  # fmt: skip


def _told(row: Credential, about: About) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": str(row.kind),
        "store": str(row.store),
        "description": row.description,
        "tags": list(row.tags),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "rotate_every_days": row.rotate_every_days,
        "readers": sorted(about.readers),
    }
