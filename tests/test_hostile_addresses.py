"""Nothing that can stand in an address or a cookie makes a page or the API fail."""

import base64
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlencode

import pytest
from django.conf import settings as configured
from django.core.handlers.wsgi import WSGIRequest, get_bytes_from_wsgi
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import override_settings
from django.urls import Resolver404, get_resolver, resolve
from django.utils.functional import cached_property
from pytest_django import DjangoDbBlocker

from m25console.urls import api
from m25console.vocabulary import Role, Scope
from tests import factories, standing
from tests.machines import Machine, machine_of
from tests.test_tenant_isolation import PARAMETER, addresses

pytestmark = pytest.mark.django_db
WHOLE = configured.TEMPLATES
OWN = Path(__file__).parent / "templates"  # whose base.html has no frame around what a page shows


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


@dataclass(frozen=True)
class Visitor:
    """An admin of a tenant with a loop in it, in a browser and with a token."""

    browser: Client
    machine: Machine


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Visitor]:
    yield from standing.made_once(a_visitor, django_db_blocker)


def a_visitor() -> Visitor:
    tenant = factories.make_tenant()
    factories.run_loop(tenant)
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    assert admin.user is not None
    browser = Client(raise_request_exception=False)
    browser.force_login(admin.user)
    return Visitor(browser, machine_of(tenant, scopes=Scope, decides_for=admin.user))


@pytest.fixture(scope="module")
def without_frame() -> Iterator[None]:
    """Pages show what is theirs; what is around it is the same everywhere, and asked once."""
    [engine] = WHOLE
    with override_settings(TEMPLATES=[{**engine, "DIRS": [OWN, *engine["DIRS"]]}]):
        yield


@pytest.fixture
def visitor(made_once: Visitor, without_frame: None, db: None) -> Visitor:
    """Each test takes back what it does to the tenant."""
    return made_once


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

    def items(self) -> Iterator[tuple[str, Any]]:
        """As links repeat them all, which asks for none."""
        return ((name, super(Noting, self).__getitem__(name)) for name in self)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of parameters that pages asked for since the test began."""

    def noting(request: WSGIRequest) -> Noting:
        known = set(Noting.asked)
        parameters = Noting(get_bytes_from_wsgi(request.environ, "QUERY_STRING", ""))
        Noting.asked.intersection_update(known)  # reading an address asks for each of its names
        return parameters

    parameters = cached_property(noting)
    parameters.__set_name__(WSGIRequest, "GET")
    monkeypatch.setattr(WSGIRequest, "GET", parameters)
    Noting.asked.clear()
    return Noting.asked


def ask(visitor: Visitor, path: str, method: str = "GET") -> int:
    token = f"Bearer {visitor.machine.token}"
    headers = {"Authorization": token} if path.startswith("/api/") else {}
    with transaction.atomic():  # what one request breaks must not spoil the next
        answer = visitor.browser.generic(method, path, headers=headers)
        transaction.set_rollback(answer.status_code >= 500)
    return int(answer.status_code)


def leads_somewhere(path: str) -> bool:
    """Whether it is any view's; what leads nowhere is answered in the same way everywhere."""
    try:
        resolve(unquote(path))
    except Resolver404:
        return False
    return True


def families() -> list[list[str]]:
    """The addresses with a parameter, those that begin with the same words together."""
    found = (one for one in all_addresses() if PARAMETER.search(one))
    return [list(same) for _, same in groupby(found, key=lambda one: one.partition("<")[0])]


@pytest.mark.parametrize("family", families(), ids=lambda family: family[0])
def test_no_id_makes_an_address_fail(family, visitor):
    paths = [
        "/" + PARAMETER.sub(lambda _found, text=text: text, address)
        for address in family
        for text in IDS
    ]
    failed = [
        (method, path[:200])
        for path in filter(leads_somewhere, paths)
        for method in ("GET", "POST")
        if ask(visitor, path, method) >= 500
    ]
    assert failed == []


@pytest.mark.parametrize(
    "address",
    [one for one in all_addresses() if not PARAMETER.search(one) and one not in READ_NOTHING],
)
def test_no_parameter_makes_a_list_fail(address, visitor, asked):
    failed = []
    for query in queries(address, asked):
        path = f"/{address}?{query}"
        if ask(visitor, path) >= 500:
            failed.append(path[:300])
    assert failed == []


def test_nothing_makes_the_frame_around_a_page_fail(visitor, asked, settings):
    settings.TEMPLATES = WHOLE
    paths = [f"/?{query}" for query in queries("", asked)]
    paths += [f"/{folder}{text}" for text in IDS for folder in ("", "api/v1/", "incidents/no/")]
    failed = [
        (method, path[:300])
        for path in paths
        for method in ("GET", "POST")
        if ask(visitor, path, method) >= 500
    ]
    assert failed == []


def test_what_a_page_puts_into_its_frame_is_shown_without_it():
    names = re.compile(r"{% block (\w+)")
    whole, bare = (
        names.findall((folder / "base.html").read_text()) for folder in (WHOLE[0]["DIRS"][0], OWN)
    )
    assert whole == bare


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


@cache
def description() -> Any:
    return api.get_openapi_schema()


def names_in_the_description(address: str) -> set[str]:
    read = description()["paths"].get(f"/{address}", {}).get("get", {})
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
