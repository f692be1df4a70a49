"""Connectors from the doors: where one leads is looked up first, with nothing locked."""

from datetime import datetime

from integrations.actions import connectors
from integrations.actions.connectors import Wanted
from integrations.models import Connector
from m25console.access import Actor, check_connects


def register(*, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """A new connector, not yet connected. Raises as `connectors.register`, and ForbiddenUrl."""
    _check(wanted, by=by)
    return connectors.register(wanted=wanted, by=by, now=now)


def change(*, connector_id: str, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """Set everything but its type. Raises as `connectors.change`, and ForbiddenUrl."""
    _check(wanted, by=by)
    return connectors.change(connector_id=connector_id, wanted=wanted, by=by, now=now)


def _check(wanted: Wanted, *, by: Actor) -> None:
    check_connects(by)
    connectors.check_addresses(wanted.kind, wanted.config)
