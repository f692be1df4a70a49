"""What a person does with a browser, and what a machine sends meanwhile."""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from loops.sample import client
from m25console.runtime.console import Console
from tests.errands import Errands

PASSWORD = "correct horse battery"
PEOPLE = {"rita": "Rita Moss", "sam": "Sam Okafor"}
KEYS_AT_MOST = 80
PATIENCE_MS = 60_000  # for a page of a console that shares two cores: how long is not tested


@dataclass
class Site:
    """A running console as seen from outside."""

    url: str
    chromium: Browser
    token: str
    console: Console
    errands: Errands
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @classmethod
    def populated(cls, console: Console, chromium: Browser, errands: Errands) -> Self:
        manage = partial(errands.run, "manage.py")
        manage("create_tenant", "acme", "--name", "Acme Agents")
        for name, full_name in PEOPLE.items():
            options = ("--role", "reviewer", "--name", full_name, "--password", PASSWORD)
            manage("create_user", name, "--tenant", "acme", *options)
        said = manage("create_token", "--tenant", "acme", "--scopes", "incidents:write")
        return cls(console.url, chromium, said.splitlines()[-1], console, errands)

    @property
    def provider(self) -> str:
        """The host and port of loopback where a test may put a provider."""
        return self.console.environment["M25_OUTBOUND_ALLOW"]

    @contextmanager
    def signed_in(
        self, name: str, *, width: int = 1280, java_script: bool = True, is_refused: bool = False
    ) -> Iterator[Page]:
        """A window of its own in which this person has signed in; its errors fail the test, but
        for an answer that says no where a page without JavaScript shows it or one is wanted."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=java_script
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _is_fault(said) else None)
        page.goto(f"{self.url}/sign-in/")
        expect(page.locator("[name=username]")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        yield page
        context.close()
        assert not java_script or is_refused or errors == [], errors

    def run(self, *arguments: str) -> str:
        """What a Python program in the console's environment says, once it has ended well."""
        return self.errands.run(*arguments)

    def told_story(self, slug: str) -> str:
        """A tenant in which the whole story has happened; returns the key of its admin's
        session."""
        made = self.run("-m", "tests.faults.population", slug, "3")
        people = json.loads(made.splitlines()[-1])
        tokens = {"M25_TOKEN": people["sender"], "M25_DECIDERS": ",".join(people["deciders"])}
        self.errands.run("-m", client.__name__, self.url, environment=tokens)
        session: str = people["session"]
        return session

    def report(self, **incident: Any) -> str:
        """Send one incident like no other, so that a person is asked; returns its loop's id."""
        sent = {"error_type": f"kind_{next(self.numbers)}"} | incident
        request = urllib.request.Request(
            f"{self.url}/api/v1/incidents",
            data=json.dumps(sent).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            loop_id: str = json.load(answer)["loop_id"]
            return loop_id


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until what `wanted` selects has the focus."""
    for _ in range(KEYS_AT_MOST):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} was not reached with {KEYS_AT_MOST} presses of Tab")


def mark_unloaded(page: Page) -> None:
    """Remember that this page was not loaded again from here on; see was_not_reloaded()."""
    page.evaluate("() => { window.sameDocument = true; }")


def was_not_reloaded(page: Page) -> bool:
    return bool(page.evaluate("() => window.sameDocument === true"))


def _is_fault(said: ConsoleMessage) -> bool:
    """A look for news gives way to an answer, as it should, and htmx calls that an error."""
    gave_way = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return said.type == "error" and not gave_way
