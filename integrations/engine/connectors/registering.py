"""Connectors from the doors: where one leads is looked up first, and its secret stored with it."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from integrations.actions import connectors
from integrations.actions.connectors import KEPT_SECRET, Wanted
from integrations.actions.credentials import About
from integrations.domain import connector_settings
from integrations.domain.states import Accessor, CredentialKind
from integrations.engine import keeping
from integrations.models import Connector
from m25console.access import Actor, check_connects

READERS: Final = frozenset({Accessor.SYSTEM, Accessor.MACHINE})
KINDS: Final[Mapping[tuple[str, ...], CredentialKind]] = {
    ("token",): CredentialKind.BEARER_TOKEN,
    ("api_key",): CredentialKind.API_KEY,
    ("username", "password"): CredentialKind.BASIC_AUTH,
}


def register(*, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """A new connector, not yet connected. Raises as `connectors.register` and `keeping.store` do,
    and ForbiddenUrl."""
    with _referring(wanted, by=by, now=now) as referring:
        return connectors.register(wanted=referring, by=by, now=now)


def change(*, connector_id: str, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """Set everything but its type; a secret that is given is stored as another credential. Raises
    as `connectors.change` and `keeping.store` do, and ForbiddenUrl."""
    with _referring(wanted, by=by, now=now) as referring:
        return connectors.change(connector_id=connector_id, wanted=referring, by=by, now=now)


@contextlib.contextmanager
def _referring(wanted: Wanted, *, by: Actor, now: datetime) -> Iterator[Wanted]:
    check_connects(by)
    connectors.check_addresses(wanted.kind, wanted.config)
    if set(wanted.secret.values()) <= {KEPT_SECRET}:
        yield replace(wanted, secret={})
        return
    connectors.check(wanted, tenant=by.tenant)
    parts = connector_settings.secret_parts(wanted.kind, wanted.config)
    kind = KINDS.get(parts, CredentialKind.CUSTOM)
    about = About(wanted.name.strip(), "Of a connector", readers=READERS)
    with keeping.referred(wanted.secret, kind=kind, about=about, by=by, now=now) as reference:
        yield replace(wanted, secret={}, credential_ref=reference)
