"""PostgreSQL, by itself and with vectors in it."""

import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import psycopg

from integrations.domain.engines import Engine
from integrations.domain.reaching import Reach
from integrations.drivers import visits
from integrations.drivers.sql import Rows, SqlSession, taken
from integrations.drivers.visits import Refused, Sample
from m25console import courses
from m25console.courses import Course

MAY_WRITE: Final = """
    SELECT has_database_privilege(current_database(), 'CREATE') OR EXISTS (
        SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
"""
TABLES: Final = """
    SELECT n.nspname || '.' || c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1
"""
VECTORS: Final = """
    SELECT DISTINCT n.nspname || '.' || c.relname
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typname = 'vector'
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1
"""
EXTENSION: Final = "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector'"
# What the server says, in its own words, and which stage's fault that is.
SAYINGS: Final = (
    ("certificate", "tls", "The server's certificate is not good."),
    ("does not support ssl", "tls", "The server does not encrypt connections."),
    ("ssl error", "tls", "The encrypted connection could not be made."),
    ("no encryption", "tls", "The server asks for an encrypted connection."),
    ("password authentication failed", "auth", "The server does not know this user or password."),
    ("no password supplied", "auth", "The server asks for a password."),
    ("role", "auth", "The server does not know this user or password."),
    ("database", "permission", "There is no such database, or this user may not open it."),
    ("pg_hba", "permission", "The server lets nobody in from here with this user and database."),
)


@dataclass(frozen=True)
class _Session:
    connection: psycopg.Connection[tuple[Any, ...]]
    reach: Reach

    def rows(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        # A cursor of the server: it takes one SELECT and nothing else, and sends no more rows.
        try:
            with self.connection.cursor(name="m25console") as cursor:
                cursor.execute(statement.encode(), values)
                columns = [one.name for one in cursor.description or ()]
                return taken(cursor.fetchmany, columns, most=most)
        except psycopg.Error as error:
            raise Refused(visits.words_of(error, self.reach)) from None

    def changed(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(statement.encode(), values)
                if cursor.description is None:
                    return Rows((), [], is_cut=False)
                columns = [one.name for one in cursor.description]
                return taken(cursor.fetchmany, columns, most=most)
        except psycopg.Error as error:
            raise Refused(visits.words_of(error, self.reach)) from None

    def commit(self) -> None:
        try:
            self.connection.commit()
        except psycopg.Error as error:
            raise Refused(visits.words_of(error, self.reach)) from None

    def may_write(self) -> bool:
        return bool(self.rows(MAY_WRITE, most=1).rows[0][0])

    def tables(self, *, most: int) -> list[str]:
        query = VECTORS if self.reach.engine is Engine.PGVECTOR else TABLES
        return [str(one[0]) for one in self.rows(query, most=most).rows]


@contextmanager
def opened(reach: Reach, course: Course, *, is_read_only: bool = True) -> Iterator[SqlSession]:
    """A transaction that may only read, or with `is_read_only` False may write, on the checked
    address; the stage `auth` is under way.

    Raises ForbiddenTarget, NoAnswer or Refused.
    """
    with visits.way_to(reach, course) as way:
        address = way.address
    try:
        connection = psycopg.connect("", **_settings(reach, address, course))
    except psycopg.OperationalError as error:
        course.left()
        _explain(error, reach, course)
    connection.read_only = is_read_only
    wire = socket.socket(fileno=os.dup(connection.pgconn.socket))
    with closing(wire), closing(connection), courses.watched(wire, course):
        session = _Session(connection, reach)
        try:
            _bound_in_time(session, course)
            yield session
        except Refused:
            course.left()  # what was cut off at the deadline looks like a server that broke
            raise


def look(reach: Reach, course: Course) -> Sample:
    """Sign in, see what the account may, and list tables. Raises as `opened` does."""
    with opened(reach, course) as session:
        visits.signed_in(course)
        visits.note_rights(course, may_write=session.may_write())
        if reach.engine is Engine.PGVECTOR and not session.rows(EXTENSION, most=1).rows:
            raise Refused("The extension vector is not installed in this database.")
        return visits.sample_of(session.tables(most=visits.MOST), "table")


def _bound_in_time(session: _Session, course: Course) -> None:
    milliseconds = max(1, int(course.left() * 1000))
    try:
        session.connection.execute(
            "SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)]
        )
    except psycopg.Error as error:
        raise Refused(visits.words_of(error, session.reach)) from None


def _settings(reach: Reach, address: str, course: Course) -> dict[str, Any]:
    """Everything said outright, so that nothing of this process's own surroundings is used."""
    told: dict[str, Any] = {
        "host": reach.host, "hostaddr": address, "port": reach.port,
        "user": reach.username or "postgres", "password": reach.password,
        "dbname": reach.database or reach.username or "postgres",
        "connect_timeout": max(2, int(course.left())), "application_name": "m25console",
        "passfile": os.devnull, "gssencmode": "disable", "sslcertmode": "disable",
        "target_session_attrs": "any", "client_encoding": "UTF8",
    }  # fmt: skip
    if not reach.is_tls:
        # A server that is not who it says it is shall not be told the password as it is.
        return told | {"sslmode": "prefer", "require_auth": "scram-sha-256,md5,none"}
    if not reach.verifies:
        return told | {"sslmode": "require"}
    trusted = ssl.get_default_verify_paths().cafile or "system"
    authority = visits.authority_of(reach) if reach.authority else trusted
    return told | {"sslmode": "verify-full", "sslrootcert": authority}


def _explain(error: psycopg.OperationalError, reach: Reach, course: Course) -> NoReturn:
    whole = visits.words_of(error, reach)
    said = whole.partition("FATAL:")[2] or whole  # before it are names that were entered
    for words, stage, told in SAYINGS:
        if words in said.lower():
            visits.refuse(course, stage if stage != "tls" or reach.is_tls else "auth", told)
    visits.refuse(course, "auth", f"The server did not let us in: {said.strip()}")
