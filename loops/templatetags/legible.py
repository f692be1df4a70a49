"""Template words for text from outside."""

from typing import Any

from django import template

from loops.domain import legible as rules

register = template.Library()


@register.filter
def legible(text: object) -> str:
    """The text with unseen characters shown by their number; empty for None."""
    return "" if text is None else rules.legible(str(text))


@register.filter
def folded(text: str) -> rules.Folded:
    """The text in the part to show and the part to fold away."""
    return rules.folded(text)


@register.filter
def json_text(document: Any) -> str:
    """A JSON document, indented."""
    return rules.json_text(document)
