"""From a key somebody has just pasted to an integration that refers to where it is stored."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from integrations.actions import credentials, integrations
from integrations.actions.integrations import Wanted
from integrations.domain import references
from integrations.domain.credentials import MAX_NAME
from integrations.domain.states import Accessor, CredentialKind
from integrations.models import Integration
from m25console.access import Actor


@transaction.atomic
def connect(*, wanted: Wanted, secret: str, by: Actor, now: datetime) -> Integration:
    """A new integration; a `secret` given with it is stored first, for the console's checks to
    read. All of it or nothing. Raises as `integrations.create` and `credentials.store` do."""
    return integrations.create(wanted=_referring(wanted, secret, by=by, now=now), by=by, now=now)


@transaction.atomic
def reconnect(
    *, integration_id: str, wanted: Wanted, secret: str, by: Actor, now: datetime
) -> Integration:
    """Change an integration; a `secret` given with it is stored as another credential.

    Raises as `integrations.change` and `credentials.store` do.
    """
    wanted = _referring(wanted, secret, by=by, now=now)
    return integrations.change(integration_id=integration_id, wanted=wanted, by=by, now=now)


def _referring(wanted: Wanted, secret: str, *, by: Actor, now: datetime) -> Wanted:
    if not secret:
        return wanted
    integrations.check(wanted, tenant=by.tenant, has_key=True)
    name = f"{wanted.name.strip()[: MAX_NAME - 30]}, {now:%Y-%m-%d %H:%M:%S}"
    about = credentials.About(name=name, readers=frozenset({Accessor.SYSTEM}))
    stored = credentials.store(
        kind=CredentialKind.API_KEY, secret={"api_key": secret}, about=about, by=by, now=now
    )
    return replace(
        wanted, credential_ref=references.of_credential(stored.pk, tenant_id=by.tenant.pk)
    )
