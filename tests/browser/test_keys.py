"""The console by keys alone: the sheet, the palette, lists, and answers of every risk."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.seeing import WCAG_2_2_AA, faults_on
from tests.browser.visiting import Site

pytestmark = pytest.mark.browser


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_the_sheet_and_the_palette_are_opened_searched_and_left_by_keys(site: Site):
    with site.signed_in("rita") as page:
        press(page, "?")
        sheet = page.locator("#key-sheet")
        expect(sheet.locator("kbd", has_text="Shift+c")).to_be_visible()
        page.keyboard.type("snooze")  # letters are text here
        expect(sheet.locator("tbody tr:visible")).to_have_count(1)
        assert faults_on(page, WCAG_2_2_AA) == []
        press(page, "Escape")
        expect(sheet).to_be_hidden()

        press(page, "Control+k")
        page.keyboard.type("patt")
        expect(page.locator("#palette [aria-selected=true]")).to_have_text("Patterns")
        assert faults_on(page, WCAG_2_2_AA) == []
        press(page, "Enter")
        page.wait_for_url(f"{site.url}/patterns")

        press(page, "g", "q")
        page.wait_for_url(f"{site.url}/checkpoints")
        press(page, "[")
        expect(page.locator("html")).to_have_attribute("data-menu", "folded")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-menu", "folded")


def opened(page: Page, site: Site, title: str) -> None:
    """Open the question about this incident, by keys."""
    page.goto(f"{site.url}/checkpoints?q={title}")
    press(page, "j", "o")
    expect(page.locator("#decision-heading")).to_be_focused()
    expect(page.locator("#live-state")).to_have_text("Live")


def test_no_bare_keys_approve_what_is_of_high_risk(site: Site):
    site.report(title="Perilous")
    with site.signed_in("rita") as page:
        opened(page, site, "Perilous")
        # What the server says of a policy or a revert, said here of a plain recovery.
        page.evaluate("() => { document.getElementById('decision').dataset.risk = '3'; }")

        press(page, "a", "Escape", "a", "Escape", "a", "Control+Enter")
        expect(page.locator("#announcer")).to_contain_text("High risk")
        expect(page.locator("#id_note")).to_be_focused()
        expect(page.locator("#answer-apply")).to_be_enabled()
        expect(page.locator("#decision-banner")).not_to_contain_text("by Rita Moss")

        page.keyboard.type("Read it all.")
        press(page, "Control+Enter")
        expect(page.locator("#decision-banner")).to_contain_text("by Rita Moss")


def test_what_is_of_less_risk_is_approved_by_the_second_press(site: Site):
    site.report(title="Harmless")
    with site.signed_in("rita") as page:
        opened(page, site, "Harmless")

        press(page, "a")
        expect(page.locator("#answer-apply")).to_be_focused()
        expect(page.locator("#decision-banner")).not_to_contain_text("by Rita Moss")
        press(page, "a")
        expect(page.locator("#decision-banner")).to_contain_text("by Rita Moss")


def test_a_rejection_by_keys_is_sent_with_its_reason_only(site: Site):
    site.report(title="Doubtful")
    with site.signed_in("rita") as page:
        opened(page, site, "Doubtful")

        press(page, "r")
        expect(page.locator("#answer-reject")).to_have_class(re.compile("is-meant"))
        reasons = page.locator("#id_reason_code")
        if reasons.count():
            reasons.select_option(index=1)
            page.locator("#id_note").focus()
        page.keyboard.type("jk: it would charge twice.")
        press(page, "Control+Enter")
        expect(page.locator("#decision-banner")).to_contain_text("by Rita Moss")
