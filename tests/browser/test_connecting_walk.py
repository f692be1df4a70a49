"""A new admin's whole way: from the page with nothing on it to a provider that is healthy, a key,
and the first event, by what the pages say; on a desk, on a telephone, and without JavaScript."""

import json
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import endpoints
from tests.browser.seeing import WCAG_2_2_AA, faults_on, is_wider_than_its_window
from tests.browser.visiting import PASSWORD, Site

pytestmark = pytest.mark.browser
MODELS = b'{"object": "list", "data": [{"id": "a-model"}]}'


@pytest.fixture(scope="module", autouse=True)
def provider(site: Site) -> Iterator[None]:
    """A provider that lists its models, where the operator allows it."""
    _host, _, port = site.provider.partition(":")
    with endpoints.running(port=int(port)) as running:
        running.behaviour = endpoints.answers(200, MODELS)
        yield


def a_new_admin(site: Site, name: str) -> str:
    """Somebody who is alone in a tenant with nothing in it."""
    site.run("manage.py", "create_tenant", name)
    options = ("--tenant", name, "--role", "admin", "--password", PASSWORD)
    site.run("manage.py", "create_user", name, *options)
    return name


def looks_right(page: Page) -> None:
    assert faults_on(page, WCAG_2_2_AA) == []
    assert not is_wider_than_its_window(page)


def fill_the_form(page: Page, site: Site, *, checked: bool = True) -> None:
    """From the empty page to a form in which everything that is asked for is entered."""
    page.goto(f"{site.url}/integrations")
    if checked:
        looks_right(page)
    page.get_by_role("link", name="Connect a provider").first.click()
    page.get_by_role("link", name="OpenAI-compatible server").click()
    page.get_by_label("Name").fill("Prod")
    page.get_by_label("Address").fill(f"http://{site.provider}/v1")
    page.get_by_label("Key", exact=True).fill("a-key")


def key_on(page: Page) -> str:
    """The new key, which is shown this once."""
    return page.locator("#key-text").input_value()


def report_a_call(key: str, site: Site) -> None:
    """As the program would that the key is for."""
    call = {
        "integration_id": key.split(":")[1], "call_id": "the-first", "provider": "custom",
        "model": "a-model", "tokens_in": 1, "tokens_out": 1, "cost_cents": 1,
        "agent_id": "an-agent",
    }  # fmt: skip
    request = urllib.request.Request(
        f"{site.url}/api/v1/telemetry/llm-usage",
        data=json.dumps(call).encode(),
        headers={"X-CUS-Integration-Key": key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 201


@pytest.mark.parametrize("width", [1280, 360])
def test_a_new_admin_comes_to_a_green_check_and_a_first_event(site: Site, width: int) -> None:
    name = a_new_admin(site, f"new-{width}")
    with site.signed_in(name, width=width) as page:
        fill_the_form(page, site)
        page.get_by_role("button", name="Test the connection").click()
        expect(page.locator("#tried")).to_contain_text("Healthy")
        expect(page.locator("#tried")).to_contain_text("a-model")
        looks_right(page)

        page.get_by_role("button", name="Save and switch on").click()
        expect(page.locator("#health")).to_contain_text("Healthy")
        expect(page.locator("#integration-marks")).to_contain_text("Healthy")
        looks_right(page)

        page.get_by_role("button", name="Make a key").click()
        expect(page.locator("#first-event")).to_contain_text("Waiting for the first event")
        looks_right(page)
        report_a_call(key_on(page), site)
        expect(page.locator("#first-event")).to_contain_text("from an-agent")


def test_the_same_way_is_open_without_java_script(site: Site) -> None:
    name = a_new_admin(site, "new-plain")
    with site.signed_in(name, java_script=False) as page:
        fill_the_form(page, site, checked=False)
        page.get_by_role("button", name="Test the connection").click()
        expect(page.locator("#tried")).to_contain_text("Healthy")
        page.get_by_label("Key", exact=True).fill("a-key")
        page.get_by_role("button", name="Save and switch on").click()
        again = page.locator("#health").get_by_role("link", name="Look again")
        for _ in range(30):
            if not again.count():
                break
            page.wait_for_timeout(1000)
            again.click()
        expect(page.locator("#health")).to_contain_text("Healthy")

        page.get_by_role("button", name="Make a key").click()
        key = key_on(page)
        again = page.locator("#first-event").get_by_role("link", name="Look again")
        again.click()
        expect(page.locator("#key-text")).to_have_count(0)
        report_a_call(key, site)
        again.click()
        expect(page.locator("#first-event")).to_contain_text("from an-agent")
