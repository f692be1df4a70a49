"""Template words for text from outside."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from loops.domain import legible as rules

register = template.Library()

PAGES: Final[Mapping[str, str]] = {
    "inc": "loops:incident",
    "pat": "loops:pattern",
    "loop": "loops:loop",
}
_IDS: Final = re.compile(r"\b((?:inc|pat|loop)_[0-9a-f]{16})\b")


@register.filter
def legible(text: object) -> str:
    """The text with unseen characters shown by their number; empty for None."""
    return "" if text is None else rules.legible(str(text))


@register.filter
def linked(text: str) -> SafeString:
    """A sentence, made legible, with the ids in it as links to their pages."""
    parts = _IDS.split(rules.legible(text))  # every second part is an id
    return format_html_join(
        "", "{}", ((_link(one) if at % 2 else one,) for at, one in enumerate(parts))
    )


@register.filter
def folded(text: str) -> rules.Folded:
    """The text in the part to show and the part to fold away."""
    return rules.folded(text)


@register.filter
def json_text(document: Any) -> str:
    """A JSON document, indented."""
    return rules.json_text(document)


def _link(object_id: str) -> SafeString:
    address = reverse(PAGES[object_id.partition("_")[0]], args=[object_id])
    return format_html('<a class="mono" href="{}">{}</a>', address, object_id)
