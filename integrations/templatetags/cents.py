"""Money in templates."""

from django import template

register = template.Library()


@register.filter
def dollars(cents: float) -> str:
    """Cents as "$1,234.56"."""
    return f"${cents / 100:,.2f}"
