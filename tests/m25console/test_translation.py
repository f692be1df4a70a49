"""The frame and the first page can be read in another language: here one made of brackets."""

import re
import struct
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from m25console.vocabulary import Role
from tests.m25console.builders import a_member, a_tenant, signed_in

pytestmark = pytest.mark.django_db

TEMPLATES = Path(settings.BASE_DIR) / "templates"
MARKED = re.compile(r"""\{% translate (["'])(.*?)\1""")
BLOCK = re.compile(r"\{% blocktranslate[^%]*%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)
NAMES = {"m25console", "Acme", "A", "rita", "Ctrl K", "?", "[", "UTC"}


class Texts(HTMLParser):
    """The texts a reader sees or hears, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in ("script", "style", "kbd")
        told = dict(attrs)
        self.found += [told[name] or "" for name in ("aria-label", "placeholder") if name in told]

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("script", "style", "kbd")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.found.append(data.strip())


def marked() -> Iterator[str]:
    """What the templates and the navigation have to say, as translators would be given it."""
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        yield from (found[2] for found in MARKED.finditer(text))
        yield from (re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", one[1]) for one in BLOCK.finditer(text))
    for config in apps.get_app_configs():
        for entry in getattr(config, "navigation", ()):
            yield from (one for one in (entry.label, entry.section) if one)
    yield from Role
    yield from ("Name or e-mail", "Password")


def compiled(texts: Iterable[str]) -> bytes:
    """A GNU message catalogue that puts every text in brackets."""
    pairs = [("", "Content-Type: text/plain; charset=UTF-8\n")]
    pairs += [(one, f"⟦{one}⟧") for one in sorted(set(texts))]
    strings = b"".join(one.encode() + b"\0" for pair in zip(*pairs, strict=True) for one in pair)
    begin, place, tables = 28 + 16 * len(pairs), 0, b""
    for column in zip(*pairs, strict=True):
        for one in column:
            tables += struct.pack("<2I", len(one.encode()), begin + place)
            place += len(one.encode()) + 1
    head = (0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return struct.pack("<7I", *head) + tables + strings


@pytest.fixture
def brackets(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(compiled(marked()))
    settings.LANGUAGES = [("en-gb", "English"), ("eo", "Brackets")]
    settings.LOCALE_PATHS = [tmp_path]


def untranslated(page: str) -> set[str]:
    reader = Texts()
    reader.feed(page)
    left = {one for one in reader.found if re.search("[A-Za-z]", one) and "⟦" not in one}
    return left - NAMES


def test_the_frame_speaks_the_readers_language(brackets: None) -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.ADMIN))
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "eo"

    page = browser.get("/account/").content.decode()

    assert '<html lang="eo">' in page
    before, main = page.split("<main", 1)
    frame = before + main.split("</main>", 1)[1]
    assert "⟦Checkpoints⟧" in frame
    assert untranslated(frame.split("<body", 1)[1].split(">", 1)[1]) == set()


def test_the_first_page_speaks_the_language_a_browser_asks_for(brackets: None) -> None:
    page = Client().get("/sign-in/", headers={"Accept-Language": "eo"}).content.decode()

    assert "⟦Sign in⟧" in page
    assert untranslated(page.split("<body", 1)[1].split(">", 1)[1]) == set()


def test_without_that_language_everything_is_english() -> None:
    page = Client().get("/sign-in/", headers={"Accept-Language": "eo"}).content.decode()

    assert '<html lang="en-gb">' in page
    assert "<h1>Sign in</h1>" in page
