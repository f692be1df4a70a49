"""Connectors of the demo: one over HTTP that leads to the sample's provider, and one to its shop,
which only reads, both tested and called."""

from collections.abc import Mapping
from datetime import datetime

from integrations.actions import connector_actions, connectors
from integrations.domain.connectors import ConnectorType
from integrations.domain.sql_templates import Kind, Parameter
from integrations.engine.connectors import calling, registering
from integrations.models import Connector
from integrations.sample import databases
from integrations.sample.providers import KNOWN_KEY, PROVIDER
from m25console.access import Actor


def furnish(by: Actor, servers: Mapping[str, str], now: datetime) -> None:
    """Both, with calls that went well and one that was refused."""
    if Connector.objects.for_tenant(by.tenant).exists():
        return
    _over_http(by, f"http://{servers[PROVIDER]}/v1", now)
    _to_the_shop(by, servers[databases.SHOP], now)


def _over_http(by: Actor, url: str, now: datetime) -> None:
    config = {"base_url": url, "auth_type": "bearer"}
    wanted = connectors.Wanted(
        name="Model catalogue", kind=ConnectorType.HTTP, config=config,
        secret={"token": KNOWN_KEY},
    )  # fmt: skip
    row = registering.register(wanted=wanted, by=by, now=now)
    schema = {"type": "object", "properties": {"limit": {"type": "integer", "minimum": 1}}}
    for action in (
        connector_actions.Wanted(
            name="list_models", description="Which models there are.", method="GET",
            path="/models", request_schema=schema,
        ),
        connector_actions.Wanted(
            name="find_model", description="One model by its name.", method="GET",
            path="/models/{name}",
        ),
    ):  # fmt: skip
        connector_actions.save(connector_id=row.pk, wanted=action, by=by, now=now)
    calling.test(row, by=by, now=now)
    calling.invoke(row, action="list_models", payload={}, by=by, now=now)
    calling.invoke(row, action="find_model", payload={"name": "../admin"}, by=by, now=now)


def _to_the_shop(by: Actor, where: str, now: datetime) -> None:
    host, _, port = where.rpartition(":")
    config = {
        "host": host, "port": int(port), "database": databases.DATABASE, "uses_tls": False,
    }  # fmt: skip
    wanted = connectors.Wanted(
        name="Orders, read only", kind=ConnectorType.SQL, config=config,
        secret={"username": databases.READER, "password": databases.password()},
    )  # fmt: skip
    row = registering.register(wanted=wanted, by=by, now=now)
    action = connector_actions.Wanted(
        name="late_orders", description="Orders that are late, the oldest first.",
        sql="SELECT id, customer, due_on FROM orders WHERE due_on < :day ORDER BY due_on",
        parameters=[Parameter("day", Kind.DATE)], max_rows=100,
    )  # fmt: skip
    connector_actions.save(connector_id=row.pk, wanted=action, by=by, now=now)
    if calling.test(row, by=by, now=now).is_good:
        calling.invoke(row, action="late_orders", payload={"day": "2026-02-01"}, by=by, now=now)
