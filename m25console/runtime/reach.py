"""Whether a database or broker answers, said in a sentence that never shows a password."""

from typing import Final
from urllib.parse import urlsplit

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from m25console.env import database_settings
from m25console.runtime.addresses import CannotStart

LIMIT_SECONDS: Final = 5


def database(url: str) -> None:
    """Returns when PostgreSQL at `url` answers. Raises psycopg.OperationalError."""
    psycopg.connect(url, connect_timeout=LIMIT_SECONDS).close()


def connection_limit(url: str) -> int:
    """How many connections PostgreSQL at `url` allows. Raises psycopg.OperationalError."""
    with psycopg.connect(url, connect_timeout=LIMIT_SECONDS) as connection:
        row = connection.execute("SELECT current_setting('max_connections')::int").fetchone()
    return int(row[0]) if row else 0


def broker(url: str) -> None:
    """Returns when the Valkey or Redis at `url` answers. Raises RedisError."""
    once = Retry(NoBackoff(), 0)  # the client's default keeps trying for seconds
    with redis.Redis.from_url(url, socket_timeout=LIMIT_SECONDS, retry=once) as client:
        client.ping()


def require_database(url: str) -> None:
    """As database(), for the configured DATABASE_URL. Raises CannotStart."""
    where = database_settings(url)
    try:
        database(url)
    except psycopg.Error as error:
        raise CannotStart(
            f"PostgreSQL at {where['HOST'] or 'localhost'}:{where['PORT'] or 5432}, database "
            f"{where['NAME']}, cannot be used ({_reason(error)}); mend DATABASE_URL, or unset it "
            "and the console starts a server of its own."
        ) from error


def require_broker(url: str) -> None:
    """As broker(), for the configured REDIS_URL. Raises CannotStart."""
    try:
        broker(url)
    except (RedisError, ValueError) as error:
        parts = urlsplit(url)
        raise CannotStart(
            f"Valkey or Redis at {parts.hostname or parts.path} cannot be used "
            f"({_reason(error)}); mend REDIS_URL, or unset it and the console starts its own."
        ) from error


def _reason(error: Exception) -> str:
    """The last line of the driver's message, where the cause stands."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rsplit("failed: ", 1)[-1].strip()
