"""What keys do, each declared by the app whose pages it serves.

One table: pages carry it for static/console/keys.js, and the sheet behind "?" and the palette
show it. Every key stands for something that can also be pressed on the page.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # app configs declare shortcuts before any model may be imported
    from django_stubs_ext import StrOrPromise

    from m25console.models import User

MODIFIED = ("Ctrl+", "Escape")  # these stay on for who wants no command on a bare key


class Place(StrEnum):
    """Where a key works."""

    EVERYWHERE = "everywhere"
    LIST = "list"
    DECISION = "decision"


PLACES = {
    Place.EVERYWHERE: _("Everywhere"),
    Place.LIST: _("In a list"),
    Place.DECISION: _("In a decision"),
}


class Act(StrEnum):
    """How keys.js goes about it; `target` is a selector except where said otherwise."""

    PRESS = "press"  # the target, as if clicked
    ANSWER = "answer"  # brings the target into view first; never presses one of high risk
    REASON = "reason"  # opens the reason; the target is what Ctrl+Enter then presses
    FOCUS = "focus"
    UNFOLD = "unfold"
    GO = "go"  # target: the name of an address
    ROW = "row"  # target: how many rows on
    SELECT = "select"  # target: how many rows on, selecting
    OPEN = "open"
    NEIGHBOUR = "neighbour"  # target: how many on in the list beside, or a selector of a link
    SUBMIT = "submit"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Shortcut:
    """One line of the table. A key of two parts, such as "g q", is pressed one after the other."""

    keys: tuple[str, ...]
    does: "StrOrPromise"
    act: Act
    place: Place = Place.EVERYWHERE
    target: str = ""


SEARCH = "main [role=search] input:not([type=hidden])"
SHARED = (
    Shortcut(("?",), _("Show these keys"), Act.PRESS, target="#open-keys"),
    Shortcut(("Ctrl+k",), _("Go anywhere, do anything"), Act.PRESS, target="#open-palette"),
    Shortcut(("[",), _("Fold or unfold the side menu"), Act.PRESS, target="#fold-menu"),
    Shortcut(("/",), _("Search this list"), Act.FOCUS, target=f"{SEARCH}, #open-palette"),
    Shortcut(("g h",), _("Go to the start page"), Act.GO, target="home"),
    Shortcut(("Ctrl+Enter",), _("Send the form you are in"), Act.SUBMIT),
    Shortcut(("Escape",), _("Leave the form, close what is open"), Act.CANCEL),
)


# What keys.js says aloud, by the names it knows them by.
WORDS = {
    "notNow": _("Not possible now."),
    "lastRow": _("This is the last row."),
    "firstRow": _("This is the first row."),
    "nothingToSelect": _("Nothing can be selected here."),
    "highRisk": _("High risk: no key approves it. Say why, then press Ctrl+Enter or the button."),
    "again": _("Press the same key again to do it."),
    "sayWhy": _("Say why, then press Ctrl+Enter. Escape takes it back."),
    "chooseFirst": _("Choose an answer first."),
}


def declared() -> list[Shortcut]:
    """The whole table, by place; an app lists its own as `shortcuts = (…)` on its AppConfig."""
    found = [one for config in apps.get_app_configs() for one in getattr(config, "shortcuts", ())]
    return sorted(found, key=lambda one: list(Place).index(one.place))


def for_person(person: "User", *, closed: Container[str] = ()) -> list[Shortcut]:
    """The keys that work for `person`, who may want none of a single letter or sign.

    `closed` are the names of addresses that are not theirs to open.
    """
    mine = [one for one in declared() if one.act is not Act.GO or one.target not in closed]
    if person.single_keys:
        return mine
    return [one for one in mine if one.keys[0].startswith(MODIFIED)]


def as_data(shortcuts: Iterable[Shortcut]) -> dict[str, object]:
    """The table and the words as keys.js reads them, with addresses in place of their names."""
    lines = [
        {
            "keys": one.keys,
            "does": str(one.does),
            "act": one.act.value,
            "target": reverse(one.target) if one.act is Act.GO else one.target,
        }
        for one in shortcuts
    ]
    return {"lines": lines, "words": {name: str(words) for name, words in WORDS.items()}}


def by_place(words: str = "") -> list[tuple["StrOrPromise", list[Shortcut]]]:
    """The table under its headings; only lines that contain `words`, where any are given."""
    wanted = words.casefold()
    found = [one for one in declared() if wanted in f"{' '.join(one.keys)} {one.does}".casefold()]
    groups = ((label, [one for one in found if one.place is at]) for at, label in PLACES.items())
    return [(label, lines) for label, lines in groups if lines]
