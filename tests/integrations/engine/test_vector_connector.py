"""Vectors in a real PostgreSQL with pgvector."""

import pytest

from integrations.domain.connectors import ConnectorType
from integrations.engine.connectors import calling
from integrations.models import Connector
from m25console.access import Actor
from tests.databases import HOST, OWNER, PASSWORD, Server
from tests.integrations.building import NOW
from tests.integrations.connecting import a_connector

pytestmark = pytest.mark.django_db


def at(server: Server, admin: Actor, settings, **config) -> Connector:
    settings.OUTBOUND_ALLOW = frozenset({server.where})
    told = {
        "host": HOST, "port": server.port, "database": "vectors", "uses_tls": False,
        "table": "public.papers", "vector_dimension": 3, "is_read_only": False,
    }  # fmt: skip
    return a_connector(
        admin, kind=ConnectorType.VECTOR, config=told | config, is_connected=True,
        secret={"username": OWNER, "password": PASSWORD},
    )  # fmt: skip


@pytest.fixture
def connector(postgresql: Server, admin: Actor, settings) -> Connector:
    row = at(postgresql, admin, settings)
    assert call(row, admin, "create").call.outcome == "ok"
    call(row, admin, "delete", all=True, confirm="public.papers")
    return row


def call(row: Connector, by: Actor, action: str, **payload):
    return calling.invoke(row, action=action, payload=payload, by=by, now=NOW)


def vectors(*numbers: int, kind: str = "even") -> list[dict]:
    return [
        {"id": f"v{one}", "values": [one, 1, 0], "metadata": {"kind": kind, "n": one}}
        for one in numbers
    ]


def test_vectors_are_stored_in_batches_found_by_nearness_and_metadata_and_deleted(connector, admin):
    stored = call(connector, admin, "upsert", vectors=vectors(*range(250)))
    assert [one["upserted"] for one in stored.data] == [100, 100, 50]
    call(connector, admin, "upsert", vectors=vectors(3, kind="odd"))
    near = call(connector, admin, "query", vector=[0, 1, 0], top_k=2, include_vectors=True)
    assert [one["id"] for one in near.data] == ["v0", "v1"]
    assert near.data[0]["values"] == [0, 1, 0]
    odd = call(connector, admin, "query", vector=[0, 1, 0], filter={"kind": "odd"})
    assert [one["metadata"]["n"] for one in odd.data] == [3]
    assert call(connector, admin, "delete", ids=["v1", "v2"]).data == [{"deleted": 2}]
    assert call(connector, admin, "stats").data == [{"namespace": "", "vectors": 248}]


def test_a_namespace_keeps_its_own(connector, admin):
    call(connector, admin, "upsert", vectors=vectors(1), namespace="eu")
    assert call(connector, admin, "query", vector=[1, 1, 0]).data == []
    assert len(call(connector, admin, "query", vector=[1, 1, 0], namespace="eu").data) == 1
    call(connector, admin, "delete", all=True, confirm="public.papers", namespace="eu")


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("query", {"vector": [1, 2]}, "wrong_dimension"),
        ("upsert", {"vectors": [{"id": "a", "values": [1]}]}, "wrong_dimension"),
        ("delete", {"all": True}, "not_confirmed"),
        ("delete", {}, "invalid_payload"),
        ("query", {"vector": [1, 2, 3], "colour": 1}, "invalid_payload"),
    ],
)
def test_what_would_do_harm_is_refused(connector, admin, action, payload, code):
    assert call(connector, admin, action, **payload).call.error_code == code


def test_one_that_only_reads_has_nothing_that_writes(postgresql, admin, settings):
    row = at(postgresql, admin, settings, is_read_only=True)
    called = call(row, admin, "upsert", vectors=vectors(1))
    assert called.call.error_code == "unknown_action"
    assert "query" in called.call.error


def test_a_test_tells_how_many_there_are(connector, admin):
    assert "holds 0 vectors" in calling.test(connector, by=admin, now=NOW).message
