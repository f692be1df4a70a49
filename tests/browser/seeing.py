"""What axe-core finds wrong with the page a browser shows."""

from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WCAG_2_2_AA: Final = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
}
# The rules whose answer can differ with the width of the window and the colours of the theme.
BY_LOOKS: Final = {
    "type": "rule",
    "values": [
        "color-contrast",
        "target-size",
        "scrollable-region-focusable",
        "link-in-text-block",
    ],
}
# Only what is wrong is sent back: what is right of a long page is megabytes.
RUN: Final = """async rules => {
    const told = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
    return told.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
}"""


def faults_on(page: Page, rules: dict[str, Any]) -> list[str]:
    """The rules the page breaks, each with the first place where it does."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN, rules)
    return found


def is_wider_than_its_window(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
