"""Nothing that can stand in an address or a cookie makes a page or the API fail."""

import base64
import json
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest, get_bytes_from_wsgi
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver
from django.utils.functional import cached_property

from m25console.access import Actor
from m25console.models import Tenant
from m25console.urls import api
from m25console.vocabulary import Role, Scope
from tests import factories
from tests.machines import Machine, machine_of
from tests.test_tenant_isolation import PARAMETER, addresses

pytestmark = pytest.mark.django_db


def key(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


KEYS = [
    "%",
    "é",
    "a",
    "====",
    "\0",
    key(None),
    key([]),
    key(["2024-01-01", "x"]),
    key(["2024-01-01T00:00:00+00:00", "x"]),
    key(["2024-01-01T00:00:00+23:59", "x"]),
    key(["2024-01-01T00:00:00+00:00:00.000001", "x"]),
    key(["0001-01-01T00:00:00+14:00", "x"]),
    key(["9999-12-31T23:59:59-14:00", "x"]),
    key(["2024-01-01T00:00:00+00:00", "\0"]),
    key(["2024-01-01T00:00:00+00:00", "\ud800"]),
    key(["2024-01-01T00:00:00+00:00", 7]),
    key([5, "x"]),
    key([-5, "x"]),
    key([2**31, "x"]),
    key([True, "x"]),
    key([1.5, "x"]),
    key([{}, "x"]),
    key([float("nan"), "x"]),
    base64.urlsafe_b64encode(b"[" * 6000).decode(),
    base64.urlsafe_b64encode(b"9" * 6000).decode(),
]
WORDS = [
    "",
    "\0",
    "a\0b",
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\xff\xfe",
    "\u202e\U0001f600",
    "9" * 5000,
    "-1",
    "1e400",
    "NaN",
    "0x10",
    "<script>alert(1)</script>",
    "'; DROP TABLE incidents; --",
    "{{ 7 }}",
    "../../etc/passwd",
    "2024-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2024-02-31T00:00:00Z",
    "2024-01-01",
]
WORST = ["\0", "9" * 5000]
NARROWED = {"order": "latest", "state": "decided", "outcome": "failed"}
READ_NOTHING = {"api/v1/openapi.json", "api/v1/docs", "healthz/live", "healthz/ready", "metrics"}
NAMES = [
    "at",
    "agent_id",
    "band",
    "capability",
    "changed",
    "cursor",
    "error_type",
    "hours",
    "incident",
    "into",
    "limit",
    "mine",
    "mode",
    "newer",
    "next",
    "older",
    "order",
    "outcome",
    "partial",
    "pattern",
    "priority",
    "seen",
    "severity",
    "since",
    "state",
    "status",
    "type",
    "with",
]
IDS = [
    "x",
    "inc_%00",
    "%00",
    "loop_%00x",
    "%ED%A0%80",
    "%FF",
    "x" * 3000,
    "1",
    "0",
    "9" * 30,
    "9" * 5000,
    "-1",
    "%F0%9F%98%80",
    "%3Cscript%3E",
    "..",
]


def all_addresses() -> list[str]:
    found = {one for one in addresses(get_resolver()) if "(?P<" not in one}
    return sorted(one for one in found if not one.startswith("admin/"))


@pytest.fixture
def tenant() -> Tenant:
    one = factories.make_tenant()
    factories.run_loop(one)
    return one


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    client = Client(raise_request_exception=False)
    assert admin.user is not None
    client.force_login(admin.user)
    return client


@pytest.fixture
def machine(tenant: Tenant, admin: Actor) -> Machine:
    return machine_of(tenant, scopes=Scope, decides_for=admin.user)


class Noting(QueryDict):
    """The parameters of an address, noting the names that a view asked for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def getlist(self, name: str, default: Any = None) -> list[Any]:
        self.asked.add(name)
        return super().getlist(name, default)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of parameters that pages asked for since the test began."""

    def noting(request: WSGIRequest) -> Noting:
        return Noting(get_bytes_from_wsgi(request.environ, "QUERY_STRING", ""))

    parameters = cached_property(noting)
    parameters.__set_name__(WSGIRequest, "GET")
    monkeypatch.setattr(WSGIRequest, "GET", parameters)
    Noting.asked.clear()
    return Noting.asked


def ask(browser: Client, machine: Machine, path: str, method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {machine.token}"} if path.startswith("/api/") else {}
    with transaction.atomic():  # what one request breaks must not spoil the next
        answer = browser.generic(method, path, headers=headers)
        transaction.set_rollback(answer.status_code >= 500)
    return int(answer.status_code)


def families() -> list[list[str]]:
    """The addresses with a parameter, those that begin with the same words together."""
    found = (one for one in all_addresses() if PARAMETER.search(one))
    return [list(same) for _, same in groupby(found, key=lambda one: one.partition("<")[0])]


@pytest.mark.parametrize("family", families(), ids=lambda family: family[0])
def test_no_id_makes_an_address_fail(family, browser, machine):
    paths = [
        "/" + PARAMETER.sub(lambda _found, text=text: text, address)
        for address in family
        for text in IDS
    ]
    failed = [
        (method, path[:200])
        for path in paths
        for method in ("GET", "POST")
        if ask(browser, machine, path, method) >= 500
    ]
    assert failed == []


@pytest.mark.parametrize(
    "address",
    [one for one in all_addresses() if not PARAMETER.search(one) and one not in READ_NOTHING],
)
def test_no_parameter_makes_a_list_fail(address, browser, machine, asked):
    failed = []
    for query in queries(address, asked):
        path = f"/{address}?{query}"
        if ask(browser, machine, path) >= 500:
            failed.append(path[:300])
    assert failed == []


def queries(address: str, asked: set[str]) -> Iterator[str]:
    """What to send: to a page about every name it asked for, as soon as it did; to the API about
    those that it documents. Others change nothing but the links that repeat them."""
    documented = names_in_the_description(address) if address.startswith("api/") else None
    waiting = deque(["", "partial=news", *(urlencode(dict.fromkeys(NAMES, one)) for one in WORDS)])
    known: set[str] = set()
    while waiting:
        yield waiting.popleft()
        found = (asked if documented is None else documented) - known
        waiting.extend(query for name in sorted(found) for query in queries_about(name))
        known |= found


def names_in_the_description(address: str) -> set[str]:
    read = api.get_openapi_schema()["paths"].get(f"/{address}", {}).get("get", {})
    return {one["name"] for one in read.get("parameters", ()) if one["in"] == "query"}


def queries_about(name: str) -> Iterator[str]:
    yield from (f"{name}={quote(word)}" for word in WORST)
    if name in ("older", "newer", "cursor"):
        more = NARROWED if name == "newer" else {}
        yield from (urlencode({name: one} | more) for one in KEYS)
    if name == "since":
        yield from (urlencode({"partial": "news", name: one}) for one in [*WORDS, *KEYS])


@pytest.mark.parametrize("cookie", ['sid="\\000\\000\\000\\000\\000\\000\\000\\000"', "sid=../x"])
def test_a_cookie_that_is_no_session_is_nobodys(cookie):
    client = Client(raise_request_exception=False, headers={"cookie": cookie})
    assert client.get("/incidents").status_code == 302
    assert client.get("/sign-in/").status_code == 200
