"""Every page that can be reached by its links, after the whole story has happened: WCAG 2.2 AA
by axe, no error in the browser's console, and no scrolling sideways on a telephone."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visiting import Site

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# What is not a page of ours: administration, downloads, the documentation of the API.
ELSEWHERE = re.compile(r"^/(admin|api|static|live|healthz|metrics)|format=|\.json|/download")
AN_ID = re.compile(r"(?<=/)([a-z]+_[0-9a-f]{12,}|\d+)(?=/|$)")
VALUE = re.compile(r"=[^&]*")
LEAST = 25  # kinds of pages there are


def kind_of(address: str) -> str:
    """The address without what differs from one object to the next."""
    path, _, query = address.partition("?")
    return AN_ID.sub("*", path) + ("?" + VALUE.sub("", query) if query else "")


def links_on(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "a[href]",
        "all => all.filter(a => a.origin === location.origin && !a.download)"
        ".map(a => a.pathname + a.search)",
    )
    return [one for one in found if not ELSEWHERE.search(one)]


def every_kind(page: Page, url: str) -> Iterator[str]:
    """Opens one page of every kind, the first that is linked to, and says which."""
    known, waiting = {"/"}, ["/"]
    while waiting:
        address = waiting.pop(0)
        answer = page.goto(f"{url}{address}")
        assert answer is not None
        assert answer.status == 200, address
        yield address
        for link in links_on(page):
            if kind_of(link) not in known:
                known.add(kind_of(link))
                waiting.append(link)


def faults_on(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    found = Axe().run(page, options=RULES).response["violations"]
    told = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
    wider = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return [*told, *(["is wider than its window"] if wider else [])]


@pytest.fixture(scope="module")
def session(site: Site) -> str:
    return site.told_story("proof")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_is_accessible_and_fits(site: Site, session: str, width: int, scheme: str):
    context = site.chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "sid", "value": session, "url": site.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    visited = {address: faults_on(page) for address in every_kind(page, site.url)}
    context.close()

    assert {address: found for address, found in visited.items() if found} == {}
    assert errors == []
    assert len(visited) >= LEAST
