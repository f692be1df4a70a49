"""Redis and Valkey."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, NoReturn

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError
from redis.retry import Retry

from integrations.domain.reaching import Reach
from integrations.drivers import visits
from integrations.drivers.visits import Sample, Unready
from m25console.courses import Course

PAGE: Final = 100  # keys of one step of a scan
STEPS: Final = 5  # at most, as a scan may find nothing for long


class _Given(redis.Connection):
    """A connection over one that is there already, to the address that was checked."""

    def __init__(self, *, stream: socket.socket, **rest: Any) -> None:
        super().__init__(**rest)  # type: ignore[no-untyped-call]
        self._stream = stream

    def _connect(self) -> socket.socket:
        return self._stream


@contextmanager
def opened(reach: Reach, course: Course) -> Iterator["redis.Redis"]:
    """A client that is signed in; the stage `permission` is under way.

    Raises ForbiddenTarget, NoAnswer or Refused.
    """
    database = reach.database or "0"
    if not database.isdecimal() or len(database) > 4:
        raise Unready("The database of a Redis server is a number.")
    with visits.way_to(reach, course) as way:
        stream = visits.secured(way, reach, course) if reach.is_tls else way.stream
        pool = redis.ConnectionPool(
            connection_class=_Given, max_connections=1, stream=stream, host=reach.host,
            username=reach.username or None, password=reach.password or None, protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=course.left(), decode_responses=True, encoding_errors="replace",
        )  # fmt: skip
        try:
            client = redis.Redis(connection_pool=pool)
            client.ping()
            course.reached()
            client.select(int(database))
            yield client
        except redis.RedisError as error:
            course.left()
            _explain(error, reach, course)
        finally:
            pool.disconnect()


def look(reach: Reach, course: Course) -> Sample:
    """Sign in, see what the account may, and find some keys. Raises as `opened` does."""
    with opened(reach, course) as client:
        visits.note_rights(course, may_write=_may_write(client))
        return visits.sample_of(_keys(client), "key")


def _may_write(client: "redis.Redis") -> bool:
    """By the server's own dry run; an old one that has none lets every account write."""
    try:
        answer = client.acl_dryrun(str(client.acl_whoami()), "SET", "m25console", "x")
    except NoPermissionError:
        return False  # who may not ask this is one that was given few rights
    except redis.ResponseError:
        return True
    return str(answer) == "OK"


def _keys(client: "redis.Redis") -> list[str]:
    found: dict[str, None] = {}
    cursor = 0
    for _step in range(STEPS):
        cursor, names = client.scan(cursor, count=PAGE)
        found |= dict.fromkeys(str(one) for one in names)
        if not cursor or len(found) >= visits.MOST:
            break
    return sorted(islice(found, visits.MOST))


def _explain(error: redis.RedisError, reach: Reach, course: Course) -> NoReturn:
    if isinstance(error, redis.AuthenticationError):
        visits.refuse(course, "auth", "The server does not know this user or password.")
    if isinstance(error, NoPermissionError):
        told = "This user may not do what a look needs: PING, SELECT and SCAN."
        visits.refuse(course, "permission", told)
    said = visits.words_of(error, reach)
    visits.refuse(course, course.now, f"The server said no: {said}")
