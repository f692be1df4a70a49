"""Looks at a real PostgreSQL with a password, and at one with vectors."""

from pathlib import Path

import pytest

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import looking, postgresql, visits
from integrations.drivers.visits import Refused
from tests import encrypting
from tests.databases import HOST, OWNER, PASSWORD, READER, Server


@pytest.fixture
def reach(postgresql: Server, settings) -> Reach:
    settings.OUTBOUND_ALLOW = frozenset(
        {postgresql.where, f"{HOST}:9", f"nowhere.invalid:{postgresql.port}"}
    )
    return Reach(
        Engine.POSTGRESQL, host=HOST, port=postgresql.port, database="orders", username=READER,
        password=PASSWORD,
    )  # fmt: skip


def changed(reach: Reach, **changes: object) -> Reach:
    return type(reach)(**(vars(reach) | changes))


def test_a_look_signs_in_and_lists_the_tables_that_can_be_read(reach):
    seen = looking.look(reach)
    assert seen.is_good, seen
    assert [one.name for one in seen.stages] == ["dns", "tcp", "auth", "permission", "sample"]
    assert not any(one.is_warning for one in seen.stages)
    assert seen.names == ("public.parcels",)


def test_an_account_that_may_write_is_warned_of(reach):
    seen = looking.look(changed(reach, username=OWNER))
    assert seen.is_good
    assert [one.name for one in seen.stages if one.is_warning] == ["permission"]


@pytest.mark.parametrize(
    ("wrong", "stage"),
    [
        ({"host": "nowhere.invalid"}, "dns"),
        ({"port": 9}, "tcp"),
        ({"is_tls": True}, "tls"),
        ({"password": "wrong horse"}, "auth"),
        ({"username": "nobody"}, "auth"),
        ({"database": "none such"}, "permission"),
        ({"database": "vectors"}, "permission"),
        ({"host": "127.0.0.2"}, "dns"),
    ],
)
def test_the_stage_that_failed_is_told_and_nothing_secret(reach, wrong, stage):
    reach = changed(reach, **wrong)
    seen = looking.look(reach)
    assert (seen.error, seen.stages[-1].is_good) == (stage, False), seen
    assert reach.password not in seen.message


def test_a_certificate_is_good_by_its_authority_alone_unless_nobody_asks(
    reach, postgresql: Server, settings
):
    with encrypting.in_front_of(postgresql) as server:
        settings.OUTBOUND_ALLOW = frozenset({server.where})
        settings.FILE_ROOTS = (str(Path(server.authority).parent),)
        secure = changed(reach, is_tls=True, port=server.port)
        seen = looking.look(secure)
        assert (seen.error, "certificate" in seen.message) == ("tls", True), seen
        for trusting in ({"authority": server.authority}, {"verifies": False}):
            seen = looking.look(changed(secure, **trusting))
            assert [one.name for one in seen.stages][:4] == ["dns", "tcp", "tls", "auth"], seen
            assert (seen.is_good, seen.names) == (True, ("public.parcels",)), seen


def test_a_source_of_vectors_needs_the_extension(reach):
    vectors = changed(reach, engine=Engine.PGVECTOR, username=OWNER)
    assert looking.look(vectors).error == "sample"
    seen = looking.look(changed(vectors, database="vectors"))
    assert seen.is_good
    assert "public.notes" in seen.names


def test_a_visit_reads_so_many_rows_and_writes_none(reach):
    reach = changed(reach, username=OWNER)
    with postgresql.opened(reach, visits.course_of(reach)) as session:
        found = session.rows("SELECT id, town FROM parcels WHERE id > %s ORDER BY id", [10], most=3)
        assert (found.columns, found.is_cut) == (("id", "town"), True)
        assert [one[0] for one in found.rows] == [11, 12, 13]
    for statement in ("DELETE FROM parcels", "SELECT nextval('x'); DROP TABLE parcels"):
        with postgresql.opened(reach, visits.course_of(reach)) as session, pytest.raises(Refused):
            session.rows(statement, most=1)
    with postgresql.opened(reach, visits.course_of(reach)) as session:
        assert session.rows("SELECT count(*) FROM parcels", most=1).rows == [(50,)]


def test_a_slow_query_ends_at_the_deadline(reach):
    course = visits.course_of(reach, seconds=1.5)
    with pytest.raises(visits.OutboundFault), postgresql.opened(reach, course) as session:
        session.rows("SELECT pg_sleep(30)", most=1)
