"""Credentials of the demo that want something done: one ends soon, one is to be replaced, and one
is used by nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from integrations.actions.credentials import About
from integrations.domain.states import Accessor, CredentialKind
from integrations.engine import keeping
from integrations.models import Credential
from m25console.access import Actor

ENDING: Final = "Anthropic, trial"
OLD: Final = "Warehouse reader"
UNUSED: Final = "Key of the old gateway"
DAY: Final = timedelta(days=1)


def furnish(by: Actor, _servers: Mapping[str, str], now: datetime) -> None:
    """Three, stored some time ago."""
    if Credential.objects.for_tenant(by.tenant).filter(name=ENDING).exists():
        return
    readers, kind = frozenset({Accessor.SYSTEM}), CredentialKind.API_KEY
    key = {"api_key": "sample-key"}
    ending = About(name=ENDING, expires_at=now + 4 * DAY, readers=readers, tags=["trial"])
    keeping.store(kind=kind, secret=key, about=ending, by=by, now=now - 26 * DAY)
    old = About(name=OLD, rotate_every_days=30, readers=readers, tags=["warehouse"])
    login = {"host": "warehouse.example.com", "username": "reader", "password": "sample"}
    keeping.store(kind=CredentialKind.DATABASE, secret=login, about=old, by=by, now=now - 41 * DAY)
    unused = About(name=UNUSED, description="Replaced by the own models.", readers=readers)
    keeping.store(kind=kind, secret=key, about=unused, by=by, now=now - 190 * DAY)
