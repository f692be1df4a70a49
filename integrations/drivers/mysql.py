"""MySQL and MariaDB."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import pymysql
from pymysql.cursors import SSCursor

from integrations.domain.reaching import Reach
from integrations.drivers import visits
from integrations.drivers.sql import Rows, SqlSession, taken
from integrations.drivers.visits import Refused, Sample
from m25console import courses
from m25console.courses import Course

TABLES: Final = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = DATABASE() ORDER BY table_name
"""
WRITES: Final = frozenset(
    {"ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER"}
)
# By the number the server gives its refusal.
SAYINGS: Final = {
    1044: ("permission", "This user may not open this database."),
    1045: ("auth", "The server does not know this user or password."),
    1049: ("permission", "There is no such database."),
    1130: ("auth", "The server lets nobody in from here."),
    1698: ("auth", "The server does not let this user in by a password."),
    2026: ("tls", "The server does not encrypt connections."),
    3159: ("tls", "The server asks for an encrypted connection."),
}
type _Connection = pymysql.connections.Connection[Any]


@dataclass(frozen=True)
class _Session:
    connection: _Connection
    reach: Reach

    def rows(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        # Unbuffered, so that no more than is asked for is taken into memory.
        try:
            cursor = self.connection.cursor(SSCursor)
            cursor.execute(statement, tuple(values))
            columns = [str(one[0]) for one in cursor.description or ()]
            found = taken(cursor.fetchmany, columns, most=most)
            cursor.close()
        except (pymysql.MySQLError, OSError) as error:
            raise Refused(_said(error, self.reach)) from None
        return found

    def changed(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        return self.rows(statement, values, most=most)

    def commit(self) -> None:
        try:
            self.connection.commit()
        except (pymysql.MySQLError, OSError) as error:
            raise Refused(_said(error, self.reach)) from None

    def may_write(self) -> bool:
        granted = [str(one[0]) for one in self.rows("SHOW GRANTS", most=100).rows]
        return any(
            right.strip() in WRITES
            for line in granted
            for right in line.removeprefix("GRANT ").partition(" ON ")[0].split(",")
        )

    def tables(self, *, most: int) -> list[str]:
        return [str(one[0]) for one in self.rows(TABLES, most=most).rows]


@contextmanager
def opened(reach: Reach, course: Course, *, is_read_only: bool = True) -> Iterator[SqlSession]:
    """A transaction that may only read, or with `is_read_only` False may write, on the checked
    address; the stage `auth` is under way.

    Raises ForbiddenTarget, NoAnswer or Refused.
    """
    with visits.way_to(reach, course) as way:
        connection = _signing_in(reach, course)
        try:
            connection.connect(way.stream)
            _bound_in_time(connection, course)
            connection.query(f"START TRANSACTION {'READ ONLY' if is_read_only else 'READ WRITE'}")
        except (pymysql.MySQLError, OSError) as error:
            course.left()
            _explain(error, reach, course)
        with closing(connection):
            try:
                yield _Session(connection, reach)
            except Refused:
                course.left()  # what was cut off at the deadline looks like a server that broke
                raise


def look(reach: Reach, course: Course) -> Sample:
    """Sign in, see what the account may, and list tables. Raises as `opened` does."""
    with opened(reach, course) as session:
        visits.signed_in(course)
        visits.note_rights(course, may_write=session.may_write())
        return visits.sample_of(session.tables(most=visits.MOST), "table")


def _bound_in_time(connection: _Connection, course: Course) -> None:
    """The server, too, gives up then; the two call it differently."""
    left = course.left()
    version = str(connection.get_server_info())  # type: ignore[no-untyped-call]
    if "MariaDB" in version:
        connection.query(f"SET max_statement_time = {left:.3f}")
    else:
        connection.query(f"SET max_execution_time = {max(1, int(left * 1000))}")


def _signing_in(reach: Reach, course: Course) -> _Connection:
    return pymysql.connect(
        host=reach.host,
        user=reach.username,
        password=reach.password,
        database=reach.database or None,
        ssl=visits.trust_of(reach) if reach.is_tls else None,
        ssl_disabled=not reach.is_tls,
        read_timeout=course.left(),
        write_timeout=course.left(),
        charset="utf8mb4",
        local_infile=False,
        defer_connect=True,
    )


def _explain(error: Exception, reach: Reach, course: Course) -> NoReturn:
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        visits.refuse(course, "tls", str(courses.bad_certificate(reach.host, cause)))
    if isinstance(cause, ssl.SSLError):
        visits.refuse(course, "tls", "The encrypted connection could not be made.")
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    stage, told = SAYINGS.get(
        number, ("auth", f"The server did not let us in: {_said(error, reach)}")
    )
    visits.refuse(course, stage if stage != "tls" or reach.is_tls else "auth", told)


def _said(error: Exception, reach: Reach) -> str:
    return visits.words_of(Exception(error.args[-1] if error.args else ""), reach)
