"""Where a few words lead: the console's pages, and what each app finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from m25console.navigation import entries_for

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from m25console.access import Actor

LONGEST: Final = 100  # characters of a search that are read
# Pages that everybody has and the navigation does not list.
OTHERS: Final = (
    ("account", _("My account"), "user-circle"),
    ("shortcuts", _("Keys"), "keyboard"),
    ("design", _("Design system"), "layers-intersect"),
)


@dataclass(frozen=True)
class Found:
    """One thing that words lead to."""

    kind: "StrOrPromise"
    label: "StrOrPromise"
    url: str
    icon: str
    at: datetime | None = None  # when it was made or last met, to tell it from its like


def tidied(words: str) -> str:
    """What somebody typed as it can be looked for: no unseen characters, not too long."""
    return "".join(one for one in words if one.isprintable()).strip()[:LONGEST]


def found_for(actor: "Actor", words: str) -> list[Found]:
    """Pages whose name contains `words`, then what the apps find; all pages for no words."""
    found = [one for one in _pages(actor) if words.casefold() in str(one.label).casefold()]
    for config in apps.get_app_configs():
        look = getattr(config, "found", None)
        if look is not None:
            found.extend(look(actor, words))
    return found


def _pages(actor: "Actor") -> Iterator[Found]:
    for entry in entries_for(actor):
        yield Found(_("Page"), gettext(entry.label), reverse(entry.url_name), entry.icon)
    for url_name, label, icon in OTHERS:
        yield Found(_("Page"), label, reverse(url_name), icon)
