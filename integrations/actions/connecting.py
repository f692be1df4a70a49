"""From a key somebody has just pasted to an integration that refers to where it is stored."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from integrations.actions import credentials, integrations, naming
from integrations.actions.integrations import Wanted
from integrations.domain import references
from integrations.domain.states import Accessor, CredentialKind
from integrations.domain.stores import Written
from integrations.models import Integration
from m25console.access import Actor, check_connects


def check_key(wanted: Wanted, *, by: Actor) -> None:
    """Raises as `integrations.create` does for what is wanted, with a key that is yet to be
    stored."""
    check_connects(by)
    integrations.check(wanted, tenant=by.tenant, has_key=True)


def parts_of(secret: str) -> Mapping[str, str]:
    """A key somebody pasted, as it is stored."""
    return {"api_key": secret}


@transaction.atomic
def connect(
    *, wanted: Wanted, secret: str, by: Actor, now: datetime, written: Written | None = None
) -> Integration:
    """A new integration; a `secret` given with it is stored first, for the console's checks to
    read. All of it or nothing. Raises as `integrations.create` and `credentials.store` do."""
    wanted = _referring(wanted, secret, written, by=by, now=now)
    return integrations.create(wanted=wanted, by=by, now=now)


@transaction.atomic
def reconnect(
    *,
    integration_id: str,
    wanted: Wanted,
    secret: str,
    by: Actor,
    now: datetime,
    written: Written | None = None,
) -> Integration:
    """Change an integration; a `secret` given with it is stored as another credential.

    Raises as `integrations.change` and `credentials.store` do.
    """
    wanted = _referring(wanted, secret, written, by=by, now=now)
    return integrations.change(integration_id=integration_id, wanted=wanted, by=by, now=now)


def _referring(
    wanted: Wanted, secret: str, written: Written | None, *, by: Actor, now: datetime
) -> Wanted:
    if not secret:
        return wanted
    check_key(wanted, by=by)
    name = naming.of_secret(wanted.name, parts_of(secret), tenant=by.tenant)
    about = credentials.About(name=name, readers=frozenset({Accessor.SYSTEM}))
    stored = credentials.store(
        kind=CredentialKind.API_KEY, secret=parts_of(secret), about=about, by=by, now=now,
        written=written,
    )  # fmt: skip
    return replace(
        wanted, credential_ref=references.of_credential(stored.pk, tenant_id=by.tenant.pk)
    )
