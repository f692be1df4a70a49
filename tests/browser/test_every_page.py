"""Every page that can be reached by its links, after the whole story has happened: WCAG 2.2 AA
by axe, no error in the browser's console, and no scrolling sideways on a telephone."""

import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.seeing import BY_LOOKS, WCAG_2_2_AA, faults_on, is_wider_than_its_window
from tests.browser.visiting import PATIENCE_MS, Site

pytestmark = pytest.mark.browser

DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
TELEPHONE: Final[ViewportSize] = {"width": 360, "height": 800}
# What is not a page of ours, and the other pages of a list, which look like its first.
ELSEWHERE = re.compile(
    r"^/(admin|api|static|live|healthz|metrics)|format=|\.json|/download|[?&](older|newer)="
)
AN_ID = re.compile(r"(?<=/)([a-z]+_[0-9a-f]{12,}|[0-9a-f]{32,}|\d+)(?=/|$)")
VALUE = re.compile(r"=[^&]*")
SETTLES_MS = 300
LEAST = 25  # kinds of pages there are


def kind_of(address: str) -> str:
    """The address without what differs from one object to the next."""
    path, _, query = address.partition("?")
    return AN_ID.sub("*", path) + ("?" + VALUE.sub("", query) if query else "")


def links_on(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "a[href]:not([data-specimen] a)",
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
            # Filters can be combined without end; each is looked at by itself.
            if link.count("=") <= 1 and kind_of(link) not in known:
                known.add(kind_of(link))
                waiting.append(link)


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page on a desk in daylight, and on a telephone at night."""
    told = faults_on(page, WCAG_2_2_AA)
    told += ["is wider than a desk"] * is_wider_than_its_window(page)
    page.set_viewport_size(TELEPHONE)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(SETTLES_MS)  # charts are drawn again
    told += faults_on(page, BY_LOOKS)
    told += ["is wider than a telephone"] * is_wider_than_its_window(page)
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    return told


@pytest.fixture(scope="module")
def session(site: Site) -> str:
    return site.told_story("proof")


def test_every_page_is_accessible_and_fits(site: Site, session: str):
    context = site.chromium.new_context(viewport=DESK, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "sid", "value": session, "url": site.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)

    visited = {address: looked_at(page) for address in every_kind(page, site.url)}
    context.close()

    found = {address: told for address, told in visited.items() if told}
    assert found == {}, "\n".join(f"{address}: {told}" for address, told in found.items())
    assert errors == []
    assert len(visited) >= LEAST
