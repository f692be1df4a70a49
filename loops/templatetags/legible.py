"""Template words for text from outside."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from loops.domain import legible as rules

register = template.Library()

PAGES: Final[Mapping[str, str]] = {
    "inc": "loops:incident",
    "pat": "loops:pattern",
    "loop": "loops:loop",
    "pol": "loops:policy",
}
NAME_CHARACTERS: Final = 80
_IDS: Final = re.compile(r"\b((?:inc|pat|loop|pol)_[0-9a-f]{16})\b")


@register.filter
def legible(text: object) -> str:
    """The text with unseen characters shown by their number; empty for None."""
    return "" if text is None else rules.legible(str(text))


@register.filter
def linked(text: str, names: Mapping[str, str] | None = None) -> SafeString:
    """A sentence, made legible; the ids in it are links, called by their names where known."""
    parts = _IDS.split(rules.legible(text))  # every second part is an id
    known = names or {}
    return format_html_join(
        "",
        "{}",
        ((_link(one, known.get(one, "")) if at % 2 else one,) for at, one in enumerate(parts)),
    )


@register.filter
def folded(text: str) -> rules.Folded:
    """The text in the part to show and the part to fold away."""
    return rules.folded(text)


@register.filter
def json_text(document: Any) -> str:
    """A JSON document, indented."""
    return rules.json_text(document)


def _link(object_id: str, name: str) -> SafeString:
    address = reverse(PAGES[object_id.partition("_")[0]], args=[object_id])
    if not name:
        return format_html('<a class="mono" href="{}">{}</a>', address, object_id)
    short = Truncator(rules.legible(name)).chars(NAME_CHARACTERS)
    return format_html('<a href="{}" title="{}">“<bdi>{}</bdi>”</a>', address, object_id, short)
