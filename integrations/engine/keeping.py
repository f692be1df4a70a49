"""Storing, replacing and deleting secrets wherever they lie: outside first, then the row.

Nothing is locked and no transaction open while a vault is asked. What is written outside is noted
first, so that it is erased if its row never comes.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations import vaults
from integrations.actions import credentials, integrations, leftovers, naming
from integrations.actions.credentials import About
from integrations.actions.integrations import Wanted
from integrations.actions.leftovers import CannotKeep
from integrations.domain import references
from integrations.domain.states import Accessor, CredentialKind, Store
from integrations.domain.stores import Place, VaultFault, Written
from integrations.models import Credential, Integration
from integrations.models.ids import new_credential_id
from integrations.vaults import Vault
from m25console.access import Actor, check_connects
from m25console.refusals import NotFound

AT_ONCE: Final = 6  # secrets erased by one run of the job, each within fifteen seconds


def store(
    *, kind: CredentialKind, secret: Mapping[str, str], about: About, by: Actor, now: datetime
) -> Credential:
    """A new credential. Raises as `credentials.store` does."""
    with stored_with(kind=kind, secret=secret, about=about, by=by, now=now) as row:
        return row


@contextlib.contextmanager
def stored_with(
    *, kind: CredentialKind, secret: Mapping[str, str], about: About, by: Actor, now: datetime
) -> Iterator[Credential]:
    """A new credential, in one transaction with whatever is made to refer to it: neither stays
    without the other. Nobody may be asked within. Raises as `credentials.store` does."""
    credentials.check_new(kind=kind, secret=secret, about=about, by=by)
    with _written(secret, by=by, now=now) as written, transaction.atomic():
        yield credentials.store(
            kind=kind, secret=secret, about=about, by=by, now=now, written=written
        )


@contextlib.contextmanager
def referred(
    secret: Mapping[str, str], *, kind: CredentialKind, about: About, by: Actor, now: datetime
) -> Iterator[str]:
    """A reference to a secret that is stored with what refers to it, and named after it: `about`
    names that. As `stored_with` otherwise."""
    named = replace(about, name=naming.of_secret(about.name, secret, tenant=by.tenant))
    with stored_with(kind=kind, secret=secret, about=named, by=by, now=now) as row:
        yield references.of_credential(row.pk, tenant_id=by.tenant.pk)


def connect(*, wanted: Wanted, secret: str, by: Actor, now: datetime) -> Integration:
    """A new integration, whose `secret`, if one is given, is stored with it, for the console's
    checks to read. Raises as `integrations.create` and `store` do, and ForbiddenUrl."""
    with _referring(wanted, secret, by=by, now=now) as referring:
        return integrations.create(wanted=referring, by=by, now=now)


def reconnect(
    *, integration_id: str, wanted: Wanted, secret: str, by: Actor, now: datetime
) -> Integration:
    """Change an integration; a `secret` given with it is stored as another credential. Raises as
    `integrations.change` and `store` do, and ForbiddenUrl."""
    with _referring(wanted, secret, by=by, now=now) as referring:
        return integrations.change(integration_id=integration_id, wanted=referring, by=by, now=now)


def rotate(
    *, credential_id: str, secret: Mapping[str, str], by: Actor, now: datetime
) -> Credential:
    """Replace a secret where it lies. Raises as `credentials.rotate` does; then the old one is in
    its place again."""
    row = credentials.to_rotate(credential_id, secret=secret, by=by)
    if row.store == Store.SEALED:
        return credentials.rotate(credential_id=row.pk, secret=secret, by=by, now=now)
    vault, old = _asked_for_old(row)
    credentials.refuse_the_same(old, secret)
    written = _kept(vault, row.place, secret)
    try:
        return credentials.rotate(
            credential_id=row.pk, secret=secret, by=by, now=now, written=written
        )
    except NotFound:  # deleted meanwhile, so what was just written is nobody's
        leftovers.expect(row.place, vault.store, tenant=by.tenant, now=now)
        with contextlib.suppress(VaultFault):
            _erase(vault, row.place)
        raise
    except Exception:
        with contextlib.suppress(VaultFault):
            if old:
                vault.write(row.place, old)
        raise


def delete(*, credential_id: str, by: Actor, now: datetime) -> None:
    """Destroy a secret; one outside that cannot be reached now is tried again by the job. Raises
    as `credentials.delete` does."""
    row = credentials.delete(credential_id=credential_id, by=by, now=now)
    if row.store != Store.SEALED:
        with contextlib.suppress(VaultFault):
            _erase(vaults.of(Store(row.store)), row.place)


def erase_left(now: datetime) -> Mapping[str, Any]:
    """Erase secrets outside that no credential keeps."""
    rows = leftovers.take(most=AT_ONCE, now=now)
    done = 0
    for row in rows:
        try:
            _erase(vaults.of(Store(row.store)), Place(row.tenant_id, row.credential_id))
            done += 1
        except VaultFault as fault:
            leftovers.failed(row, str(fault))
    return {"erased": done, "failed": len(rows) - done}


@contextlib.contextmanager
def _referring(wanted: Wanted, secret: str, *, by: Actor, now: datetime) -> Iterator[Wanted]:
    check_connects(by)
    integrations.check_addresses(wanted.provider, wanted.config)
    if not secret:
        yield wanted
        return
    integrations.check(wanted, tenant=by.tenant, has_key=True)
    about = About(wanted.name, readers=frozenset({Accessor.SYSTEM}))
    parts, kind = {"api_key": secret}, CredentialKind.API_KEY
    with referred(parts, kind=kind, about=about, by=by, now=now) as reference:
        yield replace(wanted, credential_ref=reference)


@contextlib.contextmanager
def _written(secret: Mapping[str, str], *, by: Actor, now: datetime) -> Iterator[Written]:
    """The secret, written where new ones go; taken away again if its row cannot be made."""
    try:
        vault = vaults.for_new()
    except VaultFault as fault:
        raise CannotKeep(str(fault)) from None
    place = Place(by.tenant.pk, new_credential_id())
    if vault.store is not Store.SEALED:
        leftovers.expect(place, vault.store, tenant=by.tenant, now=now)
    try:
        yield _kept(vault, place, secret)
    except BaseException:
        if leftovers.is_left(place):
            with contextlib.suppress(VaultFault):
                _erase(vault, place)
        raise


def _asked_for_old(row: Credential) -> tuple[Vault, Mapping[str, str]]:
    """Its vault, and the secret it holds, nothing where there is none. Raises CannotKeep."""
    try:
        vault = vaults.of(Store(row.store))
        with _nothing_there():
            return vault, vault.read(row.place, row.kept)
    except VaultFault as fault:
        raise CannotKeep(f"The secret was not replaced. {fault}") from None
    return vault, {}


@contextlib.contextmanager
def _nothing_there() -> Iterator[None]:
    """Takes it for granted that there may be no secret to read."""
    try:
        yield
    except VaultFault as fault:
        if fault.error not in ("absent", "unreadable"):
            raise


def _kept(vault: Vault, place: Place, secret: Mapping[str, str]) -> Written:
    try:
        return Written(place, vault.write(place, secret))
    except VaultFault as fault:
        raise CannotKeep(f"The secret was not stored. {fault}") from None


def _erase(vault: Vault, place: Place) -> None:
    vault.erase(place)
    leftovers.erased(place)
