"""A reviewer's whole way: from signing in over ten decisions by keyboard, many at once, an answer
taken back, one that came too late and a remark that calls somebody, on a desk and on a telephone;
and its core without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Site, mark_unloaded, tab_to, was_not_reloaded

pytestmark = pytest.mark.browser

TEN = 10
HOLD = "from loops.models import CheckpointConfig as C; from m25console.models import Tenant as T; \
C.objects.update_or_create(tenant=T.objects.get(slug='acme'), defaults={'hold_seconds': %d})"


def until_asked(page: Page, address: str, *, count: int) -> None:
    """Open the queue and look again until so many rows are in it."""
    page.goto(address)
    expect(page.locator(".queue-row")).to_have_count(count)


def decide_by_keys(page: Page) -> None:
    """Approve what is open: once to see the button, again to press it."""
    expect(page.locator("#answer-apply")).to_be_enabled()
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("#decision-banner")).to_contain_text("Approved by Rita Moss")


def test_ten_are_decided_by_keyboard_and_the_list_beside_keeps_up(site: Site) -> None:
    loops = [site.report(title=f"Walk number {one}") for one in range(TEN + 2)]
    queue = f"{site.url}/checkpoints?q=Walk"
    with site.signed_in("rita") as page, site.signed_in("sam") as watching:
        until_asked(page, queue, count=TEN + 2)
        watching.goto(f"{site.url}/loops/{loops[0]}")
        expect(watching.locator("#live-state")).to_have_text("Live")
        mark_unloaded(watching)
        page.keyboard.press("j")
        page.keyboard.press("o")
        for _ in range(TEN - 1):
            decide_by_keys(page)
            before = page.url
            page.keyboard.press("n")
            expect(page).not_to_have_url(before)
        decide_by_keys(page)

        until_asked(page, queue, count=2)
        expect(watching.locator("main")).to_contain_text("Rita Moss agreed to the recovery")
        assert was_not_reloaded(watching)


def test_ten_are_decided_by_keyboard_on_a_narrow_screen(site: Site) -> None:
    for one in range(TEN):
        site.report(title=f"Narrow number {one}")
    queue = f"{site.url}/checkpoints?q=Narrow"
    with site.signed_in("rita", width=360) as page:
        for left in range(TEN, 0, -1):
            until_asked(page, queue, count=left)
            page.keyboard.press("j")
            page.keyboard.press("o")
            decide_by_keys(page)
        page.goto(queue)

        expect(page.locator(".queue-list")).to_contain_text("Nothing is called so")


def test_many_are_answered_at_once_and_each_says_what_came_of_it(site: Site) -> None:
    for one in range(3):
        site.report(title=f"Bulk number {one}")
    with site.signed_in("rita") as page:
        until_asked(page, f"{site.url}/checkpoints?q=Bulk", count=3)
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("Shift+J")
        expect(page.locator("#bulk-count")).to_have_text("2 selected")
        page.locator("input[name=chosen]").last.check()
        expect(page.locator("#bulk-count")).to_have_text("3 selected")
        page.locator("input[name=chosen]").last.uncheck()
        expect(page.locator("#bulk-approve")).to_be_in_viewport()
        page.keyboard.press("b")
        expect(page.locator("#bulk-approve")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("Approve 2 checkpoints?")
        page.locator("#confirm-bulk").click()

        expect(page.locator("#progress-title")).to_contain_text("2")
        expect(page.locator("#bulk-progress tbody tr")).to_have_count(2)
        until_asked(page, f"{site.url}/checkpoints?q=Bulk", count=1)


def test_an_answer_on_hold_is_undone_by_a_key(site: Site) -> None:
    loop_id = site.report(title="Heldback")
    site.run("-c", f"import django; django.setup(); {HOLD % 120}")
    try:
        with site.signed_in("rita") as page:
            until_asked(page, f"{site.url}/checkpoints?q=Heldback", count=1)
            page.locator(".queue-title").click()
            expect(page.locator("#answer-apply")).to_be_enabled()
            page.locator("#answer-apply").click()
            expect(page.locator("#undo")).to_be_visible()
            page.keyboard.press("u")

            expect(page.locator("#undo")).to_have_count(0)
            expect(page.locator("#answer-apply")).to_be_enabled()
            page.goto(f"{site.url}/loops/{loop_id}")
            expect(page.locator("main")).not_to_contain_text("agreed to the recovery")
    finally:
        site.run("-c", f"import django; django.setup(); {HOLD % 0}")


def test_whoever_comes_too_late_learns_who_was_faster(site: Site) -> None:
    site.report(title="Contested")
    queue = f"{site.url}/checkpoints?q=Contested"
    with (
        site.signed_in("rita") as quick,
        site.signed_in("sam", java_script=False) as slow,
    ):
        until_asked(quick, queue, count=1)
        slow.goto(queue)
        slow.locator(".queue-title").click()
        quick.locator(".queue-title").click()
        quick.locator("#answer-apply").click()
        expect(quick.locator("#decision-banner")).to_contain_text("Approved by Rita Moss")
        with slow.expect_navigation() as told:
            slow.locator("#answer-apply").click()

        assert told.value.status == 409
        expect(slow.get_by_role("alert")).to_contain_text("Rita Moss")


def test_a_mention_leads_from_the_bell_to_the_decision(site: Site) -> None:
    site.report(title="Puzzling")
    with site.signed_in("rita") as asking, site.signed_in("sam") as asked:
        until_asked(asking, f"{site.url}/checkpoints?q=Puzzling", count=1)
        asking.locator(".queue-title").click()
        asking.locator("#id_text").fill("@sam what do you make of this?")
        asking.locator("#add-comment").click()
        expect(asking.locator("#decision-comments .mention")).to_have_text("@sam")

        line = asked.locator("#notification-list tr", has_text="Puzzling")
        told = line.get_by_role("link", name="Rita Moss mentioned you")
        for _ in range(30):
            asked.goto(f"{site.url}/notifications")
            if told.count():
                break
            asked.wait_for_timeout(1000)
        told.click()
        expect(asked).to_have_url(re.compile("#comments$"))
        expect(asked.locator("#decision-comments")).to_contain_text("what do you make of this?")
        expect(asked.locator("#answer-apply")).to_be_enabled()  # a link only opens


def test_the_core_works_without_java_script(site: Site) -> None:
    site.report(title="Plain")
    with site.signed_in("rita", java_script=False) as page:
        rows = page.locator(".queue-row")
        for _ in range(30):
            page.goto(f"{site.url}/checkpoints?q=Plain")
            if rows.count():
                break
            page.wait_for_timeout(1000)
        tab_to(page, ".queue-title")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("open=chk_"))
        page.locator("#answer-apply").click()

        expect(page.locator("#decision-banner")).to_contain_text("Approved by Rita Moss")
