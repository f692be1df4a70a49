"""Event streams: an open page hears what changed, and fetches that fragment again.

Runs in a process of its own under ASGI. One broker subscription serves all its streams, and a
stream holds no database connection: the session is checked once, when it opens.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final

import redis.asyncio
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest
from redis.exceptions import RedisError

from m25console.access import actor_of
from m25console.refusals import Refusal

PATH: Final = "/live/events"
PREFIX: Final = "live:"
QUIET_SECONDS: Final = 15.0  # then a comment keeps the connection open
LONGEST_SECONDS: Final = 900.0  # then the browser comes back, and its session is checked again
RETRY_MS: Final = 2000  # how soon a browser comes back after a break
KEPT: Final = 100  # words kept for a slow page; then it misses some, and looks for itself
REST_SECONDS: Final = 1.0
log = structlog.get_logger(__name__)

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def channel_of(tenant_id: str) -> str:
    """The broker channel on which a tenant's changes are told."""
    return f"{PREFIX}{tenant_id}"


class Switchboard:
    """Hands every word on a tenant's channel to that tenant's open streams."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._streams: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    @contextlib.asynccontextmanager
    async def listening(self, tenant_id: str) -> AsyncIterator[asyncio.Queue[str]]:
        """A queue of words for one stream, as long as the context lasts."""
        words: asyncio.Queue[str] = asyncio.Queue(KEPT)
        channel = channel_of(tenant_id)
        self._streams[channel].add(words)
        try:
            yield words
        finally:
            self._streams[channel].discard(words)
            if not self._streams[channel]:
                del self._streams[channel]

    async def run(self) -> None:
        """Listen to the broker for ever; a broker that is away is asked again every second."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("broker out of reach", error=str(error))
                await asyncio.sleep(REST_SECONDS)

    async def _listen(self) -> None:
        broker = redis.asyncio.Redis.from_url(
            self._broker_url, decode_responses=True, socket_connect_timeout=2
        )
        async with broker, broker.pubsub() as told:
            await told.psubscribe(f"{PREFIX}*")
            async for message in told.listen():
                if message["type"] == "pmessage":
                    self._hand_on(message["channel"], message["data"])

    def _hand_on(self, channel: str, word: str) -> None:
        for words in self._streams.get(channel, ()):
            with contextlib.suppress(asyncio.QueueFull):
                words.put_nowait(word)


class LiveApplication:
    """The ASGI application behind PATH: one stream of the viewer's tenant per request."""

    def __init__(self, switchboard: Switchboard, *, allowed_origins: frozenset[str]) -> None:
        self._switchboard = switchboard
        self._allowed_origins = allowed_origins
        self._listener: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
            return
        if scope["type"] != "http":
            return
        if self._listener is None:
            self._listener = asyncio.create_task(self._switchboard.run())
        headers = {key.decode("latin-1").lower(): value for key, value in scope["headers"]}
        cors = self._cors(headers.get("origin", b"").decode("latin-1"))
        if scope["path"] != PATH or scope["method"] != "GET":
            await _answer(send, 404, cors)
            return
        tenant_id = await sync_to_async(_tenant_of)(headers.get("cookie", b"").decode("latin-1"))
        if tenant_id is None:
            await _answer(send, 401, cors)
            return
        await self._stream(tenant_id, receive, send, cors)

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _cors(self, origin: str) -> list[tuple[bytes, bytes]]:
        if origin not in self._allowed_origins:
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"origin"),
        ]

    async def _stream(
        self, tenant_id: str, receive: Receive, send: Send, cors: list[tuple[bytes, bytes]]
    ) -> None:
        head = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            *cors,
        ]
        async with self._switchboard.listening(tenant_id) as words:
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await _say(send, f"retry: {RETRY_MS}\n\n")
            gone = asyncio.create_task(_until_gone(receive))
            ends = time.monotonic() + LONGEST_SECONDS
            try:
                while not gone.done() and time.monotonic() < ends:
                    await _say(send, await _next(words))
            finally:
                gone.cancel()
            await send({"type": "http.response.body", "body": b""})


async def _next(words: asyncio.Queue[str]) -> str:
    """The next event as text; a comment when nothing happens for a while."""
    try:
        word = await asyncio.wait_for(words.get(), QUIET_SECONDS)
    except TimeoutError:
        return ": still here\n\n"
    return f"event: change\ndata: {word}\n\n"


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _say(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-length", b"0"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b""})


def _tenant_of(cookies: str) -> str | None:
    """The tenant of the session in these cookies, None if it is nobody's; keeps no connection."""
    try:
        jar = SimpleCookie(cookies)
    except CookieError:
        return None
    key = jar[settings.SESSION_COOKIE_NAME].value if settings.SESSION_COOKIE_NAME in jar else None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        request.user = get_user(request)
        return actor_of(request).tenant.pk
    except Refusal:
        return None
    finally:
        connection.close()
