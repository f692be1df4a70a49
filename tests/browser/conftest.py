"""A whole console on ports of its own, and a real Chromium in front of it.

Without a Chromium these tests are skipped, loudly; where M25_REQUIRE_BROWSER=1 they fail.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from m25console.runtime.console import Console
from tests import errands, prepared
from tests.browser.visiting import PATIENCE_MS, Site
from tests.ports import free_pair

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Without a sandbox of its own: containers give no namespaces to a browser that root starts.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of this folder, gone before the tests of another begin: Playwright
    keeps an event loop running in this thread, beside which nobody else can start one."""
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        message = "no Chromium on this machine: NOT TESTED are the pages in a browser"
        if os.environ.get("M25_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        print(f"\n*** {message} ***")
        pytest.skip(message)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(chromium: Browser) -> Iterator[Site]:
    """A console with one tenant, its people, and a machine that may report incidents."""
    directory = Path(tempfile.mkdtemp(prefix="m25console-browser-"))
    directory.chmod(0o711)
    prepared.fill(directory)
    console = Console(
        port=free_pair(),
        data_dir=directory,
        web_workers=1,
        worker_processes=1,
        environment={
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "M25_ALLOWED_HOSTS": "127.0.0.1",
            "M25_OUTBOUND_ALLOW": f"127.0.0.1:{free_pair()}",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "",
        },
    )
    try:
        with console, errands.of(console) as errand:
            console.wait_ready()
            yield Site.populated(console, chromium, errand)
    finally:
        shutil.rmtree(directory)
