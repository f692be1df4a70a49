"""Event streams on a real broker: who is let in, and what they hear."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from django.conf import settings
from django.test import Client

from m25console import live, people
from m25console.access import ENTERED_KEY
from m25console.live import LiveApplication, Switchboard, channel_of
from m25console.models import Membership, Tenant
from tests.m25console.builders import NOW, a_member, a_person, a_tenant

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "https://console.example"


def cookie_of(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def signed_in(tenant: Tenant, name: str) -> Client:
    client = Client()
    person = a_member(tenant, username=name).user
    assert person is not None
    client.force_login(person)
    return client


class Stream:
    """One browser's connection, and what came over it."""

    def __init__(self, app: LiveApplication, *, cookie: str = "", origin: str = "") -> None:
        self._app = app
        self._headers = [(b"cookie", cookie.encode()), (b"origin", origin.encode())]
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.text = ""

    async def open(self) -> None:
        scope = {"type": "http", "path": live.PATH, "method": "GET", "headers": self._headers}
        await self._app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nobody disconnects here")

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        self.text += message.get("body", b"").decode()


@contextlib.asynccontextmanager
async def opened(*streams: Stream) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.open()) for one in streams]
    try:
        async with asyncio.timeout(20):
            while not all(one.status for one in streams):
                await asyncio.sleep(0.01)
            yield
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def an_application() -> LiveApplication:
    return LiveApplication(Switchboard(settings.REDIS_URL), allowed_origins=frozenset({ORIGIN}))


async def status_for(cookie: str) -> int:
    stream = Stream(an_application(), cookie=cookie)
    async with opened(stream):
        return stream.status


def test_a_page_hears_of_its_own_tenant_only() -> None:
    acme, globex = a_tenant("acme"), a_tenant("globex")
    cookies = [cookie_of(signed_in(one, one.slug)) for one in (acme, globex)]

    async def listen() -> list[str]:
        app = an_application()
        streams = [Stream(app, cookie=cookie) for cookie in cookies]
        async with opened(*streams), redis.asyncio.Redis.from_url(settings.REDIS_URL) as broker:
            while not all("data:" in one.text for one in streams):
                for tenant in (acme, globex):
                    await broker.publish(channel_of(tenant.pk), f"word for {tenant.slug}")
                await asyncio.sleep(0.05)
        return [one.text for one in streams]

    [of_acme, of_globex] = asyncio.run(listen())

    assert "word for acme" in of_acme
    assert "globex" not in of_acme
    assert "word for globex" in of_globex
    assert "acme" not in of_globex


@pytest.mark.parametrize(
    "cookie",
    ["", "sid=", "sid=nobody", 'sid="\\000\\000\\000\\000\\000\\000\\000\\000"', "=;;=\x7f"],
)
def test_nobody_hears_nothing(cookie: str) -> None:
    assert asyncio.run(status_for(cookie)) == 401


def test_whoever_left_the_tenant_hears_nothing() -> None:
    client = signed_in(a_tenant(), "rita")
    assert asyncio.run(status_for(cookie_of(client))) == 200
    Membership.objects.all().delete()
    assert asyncio.run(status_for(cookie_of(client))) == 401


def test_platform_staff_hear_the_tenant_they_entered() -> None:
    tenant, staff = a_tenant(), a_person("staff", is_staff=True)
    people.enter_tenant(tenant=tenant, staff=staff, now=NOW)
    client = Client()
    client.force_login(staff)
    assert asyncio.run(status_for(cookie_of(client))) == 401
    session = client.session
    session[ENTERED_KEY] = tenant.slug
    session.save()
    assert asyncio.run(status_for(cookie_of(client))) == 200


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), ("https://evil.example", False)])
def test_only_our_own_pages_may_read_it_from_another_port(origin: str, allowed: bool) -> None:
    cookie = cookie_of(signed_in(a_tenant(), "rita"))

    async def headers() -> dict[bytes, bytes]:
        stream = Stream(an_application(), cookie=cookie, origin=origin)
        async with opened(stream):
            return stream.headers

    assert (b"access-control-allow-origin" in asyncio.run(headers())) is allowed
