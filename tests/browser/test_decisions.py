"""From the queue to the decision and back, in a real browser against a whole console."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Site, mark_unloaded, tab_to, was_not_reloaded

pytestmark = pytest.mark.browser


@pytest.fixture
def queue(site: Site) -> str:
    return f"{site.url}/checkpoints"


def asked(page: Page, queue: str, title: str) -> None:
    """Open the queue and wait until the checkpoint of the incident called `title` is in it."""
    page.goto(queue)
    expect(page.locator(".queue-title", has_text=title)).to_be_visible()


def opened(page: Page, queue: str, title: str) -> None:
    asked(page, queue, title)
    row = page.locator(".queue-row", has_text=title)
    row.locator(".queue-title").click()
    expect(page.locator("#decide")).to_be_visible()


def test_the_oldest_is_approved_by_keyboard_and_the_loop_page_shows_it_live(site, queue):
    loop_id = site.report(title="The oldest")
    with site.signed_in("rita") as deciding, site.signed_in("sam") as watching:
        asked(deciding, queue, "The oldest")
        watching.goto(f"{site.url}/loops/{loop_id}")
        expect(watching.locator("#live-state")).to_have_text("Live")
        expect(watching.locator("main")).not_to_contain_text("Rita Moss")
        mark_unloaded(watching)

        deciding.goto(f"{site.url}/")
        tab_to(deciding, "#home-decide")
        deciding.keyboard.press("Enter")
        deciding.wait_for_url(queue)
        tab_to(deciding, ".queue-row:first-child .queue-title")
        deciding.keyboard.press("Enter")
        expect(deciding.locator(".decision-about")).to_contain_text("The oldest")
        tab_to(deciding, "#answer-apply")
        deciding.keyboard.press("Enter")

        expect(deciding.locator("#decision-banner")).to_contain_text("Approved by Rita Moss")
        expect(watching.locator("main")).to_contain_text("Rita Moss agreed to the recovery")
        assert was_not_reloaded(watching)


def test_a_reject_by_keyboard_asks_for_its_reason_first(site, queue):
    site.report(title="To be rejected")
    with site.signed_in("rita") as page:
        opened(page, queue, "To be rejected")

        tab_to(page, "#answer-reject")
        page.keyboard.press("Enter")
        expect(page.locator("#id_reason_code")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("It would charge twice.")
        tab_to(page, "#answer-reject")
        page.keyboard.press("Enter")

        banner = page.locator("#decision-banner")
        expect(banner).to_contain_text("Rejected by Rita Moss")
        expect(banner).to_contain_text("It would charge twice.")


def test_why_an_answer_was_refused_is_seen_from_the_foot_of_the_pane(site, queue):
    site.report(title="Asked anew")
    with site.signed_in("rita", is_refused=True) as page:
        opened(page, queue, "Asked anew")
        page.locator("[name=contract_digest]").evaluate("field => field.value = '0'.repeat(64)")
        page.locator("#id_note").fill("Somebody must look at this.")
        page.locator("#answer-apply").click()

        banner = page.locator("#decision-banner")
        expect(banner).to_contain_text("Not recorded")
        expect(banner).to_be_focused()
        expect(banner).to_be_in_viewport()


def test_a_page_left_open_greys_when_somebody_else_decides_and_keeps_what_was_typed(site, queue):
    site.report(title="Decided elsewhere")
    with site.signed_in("rita") as slow, site.signed_in("sam") as quick:
        opened(slow, queue, "Decided elsewhere")
        slow.locator("#id_note").fill("I was about to say")
        mark_unloaded(slow)
        opened(quick, queue, "Decided elsewhere")
        quick.locator("#answer-apply").click()

        expect(slow.locator("#decision-banner")).to_contain_text("Approved by Sam Okafor")
        expect(slow.locator("#answer-apply")).to_be_disabled()
        expect(slow.locator("#id_note")).to_have_value("I was about to say")
        expect(slow.locator("#announcer")).to_have_text("Approved by Sam Okafor.")
        assert was_not_reloaded(slow)


def test_a_list_somebody_is_in_stands_still_and_tells_what_is_new(site, queue):
    site.report(title="Here before")
    with site.signed_in("rita") as page:
        asked(page, queue, "Here before")
        expect(page.locator("#live-state")).to_have_text("Live")
        shown = page.locator(".queue-row").count()
        tab_to(page, ".queue-title")

        site.report(title="Newly arrived")

        expect(page.locator("#queue-news")).to_contain_text("1 new")
        expect(page.locator("#announcer")).to_have_text("1 new")
        assert page.locator(".queue-row").count() == shown
        page.locator("#show-news").click()
        expect(page.locator(".queue-title", has_text="Newly arrived")).to_be_visible()
        expect(page.locator(".queue")).to_be_focused()


def test_the_count_in_the_navigation_follows_the_queue(site):
    with site.signed_in("rita") as page:
        page.goto(f"{site.url}/members/")
        expect(page.locator("#live-state")).to_have_text("Live")
        mark_unloaded(page)
        before = page.locator("#nav-loopscheckpoints .count").all_inner_texts()
        waiting = int(re.sub(r"\D", "", before[0])) if before else 0

        site.report()

        count = page.locator("#nav-loopscheckpoints .count")
        expect(count).to_have_text(re.compile(rf"^{waiting + 1}\b"))
        assert was_not_reloaded(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(site, queue, width):
    title = f"{width} and a long word"
    site.report(title=f"{title} {'x' * 180}", message="y" * 3000, agent_id="z" * 200)
    with site.signed_in("rita", width=width) as page:
        opened(page, queue, title)
        for address in (page.url, queue, f"{queue}?state=decided", f"{site.url}/"):
            page.goto(address)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, address


def test_on_a_phone_the_answers_stay_in_sight(site, queue):
    site.report(title="On the phone", message="\n".join(f"line {n}" for n in range(100)))
    with site.signed_in("rita", width=360) as page:
        opened(page, queue, "On the phone")

        page.evaluate("() => window.scrollTo(0, 0)")
        for option in ("apply", "reject", "defer"):
            expect(page.locator(f"#answer-{option}")).to_be_in_viewport(ratio=1)
