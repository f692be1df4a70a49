"""Looks at a real MariaDB with passwords."""

from dataclasses import replace
from pathlib import Path

import pytest

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import looking, mysql, visits
from integrations.drivers.visits import OutboundFault, Refused
from tests.databases import HOST, OWNER, PASSWORD, READER, Server, needs_mariadb

pytestmark = needs_mariadb


@pytest.fixture
def reach(mariadb: Server, settings) -> Reach:
    settings.OUTBOUND_ALLOW = frozenset({mariadb.where, f"{HOST}:9"})
    return Reach(
        Engine.MARIADB, host=HOST, port=mariadb.port, database="orders", username=READER,
        password=PASSWORD,
    )  # fmt: skip


def test_a_look_signs_in_and_lists_the_tables(reach):
    seen = looking.look(reach)
    assert seen.is_good, seen
    assert seen.names == ("parcels",)
    assert not any(one.is_warning for one in seen.stages)


def test_an_account_that_may_write_is_warned_of(reach):
    seen = looking.look(replace(reach, username=OWNER))
    assert [one.name for one in seen.stages if one.is_warning] == ["permission"]


@pytest.mark.parametrize(
    ("wrong", "stage"),
    [
        ({"host": "nowhere.invalid"}, "dns"),
        ({"port": 9}, "tcp"),
        ({"is_tls": True}, "tls"),
        ({"password": "wrong horse"}, "auth"),
        ({"database": "closed"}, "permission"),
        ({"database": "none_such"}, "permission"),
    ],
)
def test_host_port_password_and_database_fail_at_stages_of_their_own(reach, wrong, stage):
    reach = replace(reach, **wrong)
    seen = looking.look(reach)
    assert (seen.error, seen.stages[-1].is_good) == (stage, False), seen
    assert reach.password not in seen.message


def test_a_certificate_is_good_by_its_authority_alone_unless_nobody_asks(
    reach, mariadb: Server, settings
):
    settings.FILE_ROOTS = (str(Path(mariadb.authority).parent),)
    secure = replace(reach, is_tls=True)
    seen = looking.look(secure)
    assert (seen.error, "certificate" in seen.message) == ("tls", True), seen
    for trusting in (
        replace(secure, authority=mariadb.authority),
        replace(secure, verifies=False),
    ):
        seen = looking.look(trusting)
        assert [one.name for one in seen.stages][:4] == ["dns", "tcp", "tls", "auth"], seen
        assert seen.is_good, seen
    settings.FILE_ROOTS = ()
    assert looking.look(replace(secure, authority=mariadb.authority)).error == "tls"


def test_a_visit_reads_and_writes_nothing(reach):
    reach = replace(reach, username=OWNER)
    with mysql.opened(reach, visits.course_of(reach)) as session:
        assert session.rows("SELECT %s + 1 AS more", [41], most=5).rows == [(42,)]
    with mysql.opened(reach, visits.course_of(reach)) as session, pytest.raises(Refused):
        session.rows("INSERT INTO parcels VALUES (1, 'x')", most=1)


# Some 10^10 rows. BENCHMARK would not do: stopped at its one row, it may answer as if it had ended.
MANY = [f"information_schema.collations AS {name}" for name in "abcd"]


def test_a_slow_query_ends_at_the_deadline(reach):
    course = visits.course_of(reach, seconds=1.5)
    with pytest.raises(OutboundFault), mysql.opened(reach, course) as session:
        session.rows(f"SELECT count(*) FROM {', '.join(MANY)}", most=1)
