"""Template words shared by every page: icons, relative times, percentages, form fields."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE: Final = "vendor/tabler-icons/icons.svg"
# Each unit in seconds, and from how many seconds on it is used.
_UNITS: Final = ((86_400, 48 * 3600, "d"), (3600, 90 * 60, "h"), (60, 60, "min"), (1, 0, "s"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon `name` of the vendored set, hidden from screen readers: words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static(SPRITE),
        name,
    )


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """A moment in the past as "5 min ago", the viewer's time on hover; a dash for None."""
    return _time(moment, now=timezone.now())


@register.filter
def until(moment: datetime | None) -> SafeString:
    """A moment to come as "in 5 min"; the same element as ago(), which tells past ones too."""
    return _time(moment, now=timezone.now())


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """A length of time in its largest sensible unit, such as "850 ms", "42 s" or "3 h"."""
    if seconds is None:
        return "—"
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    if total < 0.001:
        return "under 1 ms"
    return f"{round(total * 1000)} ms" if total < 1 else _length(total)


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """A share in [0, 1] as "85%"; a dash for None."""
    return "—" if share is None else f"{share * 100:.{decimals}f}%"


@register.filter
def out_of_hundred(share: float | None) -> str:
    """A share in [0, 1] as a number an SVG attribute accepts, in [0, 100]."""
    return f"{max(0.0, min(1.0, share or 0.0)) * 100:.1f}"


@register.filter
def lookup(table: dict[Any, Any], key: object) -> object:
    """`table[key]`, or the key itself where the table lacks it."""
    return table.get(key, key)


@register.filter
def deed(action: str) -> str:
    """What was done, without to what: "connector.action_saved" is "action saved"."""
    return action.rpartition(".")[2].replace("_", " ")


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's widget with the look of the console."""
    widget = field.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return field.as_widget()
    if isinstance(widget, CheckboxInput):
        look = "form-check-input"
    else:
        look = "form-select" if isinstance(widget, Select) else "form-control"
    invalid = " is-invalid" if field.errors else ""
    given = widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{look}{invalid} {given}".strip()})


def _time(moment: datetime | None, *, now: datetime) -> SafeString:
    if moment is None:
        return format_html('<span class="none">{}</span>', "—")
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        timezone.localtime(moment).strftime("%a %d %b %Y, %H:%M:%S %Z"),
        _relative((now - moment).total_seconds()),
    )


def _relative(seconds: float) -> str:
    if abs(seconds) < 5:
        return "just now"
    # Rounded down for the past, to the nearest for what is to come: a year away is in 365 d.
    return f"{_length(seconds)} ago" if seconds > 0 else f"in {_length(-seconds, half=0.5)}"


def _length(seconds: float, *, half: float = 0) -> str:
    size, unit = next((size, unit) for size, least, unit in _UNITS if seconds >= least)
    return f"{int(seconds / size + half)} {unit}"
