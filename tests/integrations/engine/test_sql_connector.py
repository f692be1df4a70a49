"""Statements against real databases."""

import pytest

from integrations.domain.connectors import ConnectorType
from integrations.domain.sql_templates import Kind, Parameter
from integrations.engine.connectors import calling
from integrations.models import Connector
from m25console.access import Actor
from tests.databases import HOST, OWNER, PASSWORD, READER, Server, needs_mariadb
from tests.integrations.building import NOW
from tests.integrations.connecting import a_connector, an_action

pytestmark = pytest.mark.django_db
SECRET = {"username": OWNER, "password": PASSWORD}


def at(server: Server, admin: Actor, settings, **config) -> Connector:
    settings.OUTBOUND_ALLOW = frozenset({server.where})
    told = {"host": HOST, "port": server.port, "database": server.database, "uses_tls": False}
    return a_connector(
        admin, kind=ConnectorType.SQL, config=told | config, secret=SECRET, is_connected=True
    )


@pytest.fixture
def connector(postgresql: Server, admin: Actor, settings) -> Connector:
    return at(postgresql, admin, settings)


def call(row: Connector, by: Actor, action: str = "find", **payload):
    return calling.invoke(row, action=action, payload=payload, by=by, now=NOW)


def test_int_59_a_text_that_looks_like_sql_is_only_a_value(connector, admin):
    text = [Parameter("town"), Parameter("ids", Kind.INTEGERS, is_required=False)]
    sql = "SELECT :town::text AS town, count(*) FROM parcels WHERE town <> :town AND id = ANY(:ids)"
    an_action(connector, admin, sql=sql, parameters=text)
    called = call(connector, admin, town="Updated --selected'; DROP TABLE parcels", ids=[1, 2])
    assert called.data == [{"town": "Updated --selected'; DROP TABLE parcels", "count": 2}]
    assert PASSWORD not in str(called.shown) + str(called.call.sent)


def test_int_59_1001_rows_are_1000_and_cut(connector, admin):
    an_action(connector, admin, sql="SELECT n FROM generate_series(1, 1001) n")
    called = call(connector, admin)
    assert (len(called.data), called.call.row_count) == (1000, 1000)
    assert called.call.is_truncated
    an_action(connector, admin, name="few", sql="SELECT n FROM generate_series(1, 9) n", max_rows=3)
    assert [one["n"] for one in call(connector, admin, "few").data] == [1, 2, 3]


def test_rows_beyond_5_mib_are_left_out_from_the_end(connector, admin):
    an_action(connector, admin, sql="SELECT n, repeat('x', 1000000) FROM generate_series(1, 9) n")
    called = call(connector, admin)
    assert [one["n"] for one in called.data] == [1, 2, 3, 4, 5]
    assert called.call.is_truncated
    assert called.call.response_bytes <= 5 * 1024 * 1024


def test_int_59_a_statement_that_writes_does_not_run_where_only_reading_is_allowed(
    connector, admin
):
    change = "DELETE FROM parcels WHERE id = 1"
    an_action(connector, admin, name="told", sql=change, is_read_only=False)
    assert call(connector, admin, "told").call.error_code == "read_only"
    an_action(connector, admin, name="untold", sql=change)
    assert call(connector, admin, "untold").call.outcome == "failed"

    an_action(connector, admin, sql="SELECT count(*) FROM parcels WHERE id = 1")
    assert call(connector, admin).data == [{"count": 1}]


def test_a_statement_that_may_write_does(postgresql, admin, settings):
    row = at(postgresql, admin, settings, is_read_only=False)
    sql = "UPDATE parcels SET town = :town WHERE id = :id RETURNING town"
    parameters = [Parameter("id", Kind.INTEGER), Parameter("town")]
    an_action(row, admin, name="move", sql=sql, parameters=parameters, is_read_only=False)
    assert call(row, admin, "move", id=7, town="Köln").data == [{"town": "Köln"}]
    an_action(row, admin, sql="SELECT town FROM parcels WHERE id = 7")
    assert call(row, admin).data == [{"town": "Köln"}]


@pytest.mark.parametrize(
    ("action", "code"), [("drop", "unknown_action"), ("find", "invalid_payload")]
)
def test_int_59_what_is_not_listed_or_lacks_a_value_is_an_error(connector, admin, action, code):
    an_action(connector, admin, sql="SELECT :town::text", parameters=[Parameter("town")])
    assert call(connector, admin, action).call.error_code == code


def test_int_59_an_optional_value_left_out_keeps_the_others_in_their_places(connector, admin):
    two = [Parameter("first", is_required=False), Parameter("second")]
    an_action(connector, admin, sql="SELECT :first::text AS a, :second::text AS b", parameters=two)
    called = call(connector, admin, second="2", third="3")
    assert called.data == [{"a": None, "b": "2"}]
    assert "third" in called.warnings[0]


def test_a_statement_that_takes_too_long_is_ended(connector, admin):
    an_action(connector, admin, sql="SELECT pg_sleep(20)", timeout_seconds=1)
    called = call(connector, admin)
    assert called.call.outcome == "failed"
    assert called.call.duration_ms < 10_000


def test_int_57_a_test_signs_in_and_a_wrong_password_is_its_stage(postgresql, admin, settings):
    row = at(postgresql, admin, settings)
    found = calling.test(row, by=admin, now=NOW)
    assert (found.is_good, found.stages[-1]["name"]) == (True, "sample")
    wrong = a_connector(
        admin, kind=ConnectorType.SQL, config=row.config,
        secret={"username": READER, "password": "wrong"},
    )  # fmt: skip
    found = calling.test(wrong, by=admin, now=NOW)
    assert (found.is_good, found.stages[-1]["name"]) == (False, "auth")


@needs_mariadb
def test_int_59_the_same_holds_for_mariadb(mariadb, admin, settings):
    row = at(mariadb, admin, settings, dialect="mysql", is_read_only=False)
    parameters = [Parameter("id", Kind.INTEGER), Parameter("town")]
    sql = "INSERT INTO parcels VALUES (:id, :town)"
    an_action(row, admin, name="add", sql=sql, parameters=parameters, is_read_only=False)
    assert call(row, admin, "add", id=1, town="100% 'Köln'; --").call.outcome == "ok"
    an_action(row, admin, sql="SELECT town FROM parcels WHERE town LIKE '100%' AND id = 1")
    assert call(row, admin).data == [{"town": "100% 'Köln'; --"}]
    an_action(row, admin, name="drop", sql="DELETE FROM parcels")
    assert call(row, admin, "drop").call.outcome == "failed"
