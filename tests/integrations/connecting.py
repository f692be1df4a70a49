"""Builders of connectors; each test says only what it is about."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from integrations.actions import connector_actions, connector_calls, connectors
from integrations.actions.connector_calls import Done
from integrations.actions.connectors import Wanted
from integrations.domain.connectors import ConnectorStatus, ConnectorType, Outcome
from integrations.engine.connectors import registering
from integrations.models import Connector, ConnectorAction
from m25console.access import Actor
from tests.integrations.building import NOW

_numbers = count(1)


def wanted(**rest: Any) -> Wanted:
    given = {
        "name": f"connector {next(_numbers)}",
        "kind": ConnectorType.HTTP,
        "config": {"base_url": "https://api.example.com/v1"},
    }
    return Wanted(**(given | rest))


def a_connector(
    by: Actor, *, is_connected: bool = False, now: datetime = NOW, **rest: Any
) -> Connector:
    saving = registering if "secret" in rest else connectors
    row = saving.register(wanted=wanted(**rest), by=by, now=now)
    if is_connected:
        Connector.objects.filter(pk=row.pk).update(status=ConnectorStatus.CONNECTED)
        row.refresh_from_db()
    return row


def an_action(
    row: Connector, by: Actor, *, name: str = "find", now: datetime = NOW, **rest: Any
) -> ConnectorAction:
    given = rest or {"method": "GET", "path": "/customers/{id}"}
    action = connector_actions.Wanted(name=name, **given)
    return connector_actions.save(connector_id=row.pk, wanted=action, by=by, now=now)


def reached(admin: Actor, *, name: str, calls: int = 1) -> dict[str, str]:
    """A connector, an action of it, and calls; what an address names of them."""
    now = timezone.now()
    row = a_connector(admin, name=f"connector of {name}", is_connected=True, now=now)
    action = an_action(row, admin, name=f"find-{row.pk[-6:].lower()}", now=now)
    for _ in range(calls):
        connector_calls.keep(row, Done(action.name, Outcome.OK), by=admin, now=now)
    return {"connector_id": row.pk, "action_name": action.name}
