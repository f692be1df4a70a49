"""The time zone in which pages tell times: what the person chose, else what their browser says."""

from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest
from django.utils import timezone

COOKIE: Final = "tz"  # the browser's own zone, set by theme.js
UTC: Final = "UTC"


@cache
def known() -> frozenset[str]:
    """The names of all zones this machine can tell times in."""
    return frozenset(available_timezones())


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The zone for whoever is signed in; UTC where neither they nor their browser name one."""
    chosen = getattr(request.user, "time_zone", "")
    told = request.COOKIES.get(COOKIE, "")
    return ZoneInfo(next((one for one in (chosen, told) if one in known()), UTC))


def in_words(moment: datetime) -> str:
    """The zone in use, with its distance from UTC at `moment`: "Europe/Berlin (UTC+01:00)"."""
    name = timezone.get_current_timezone_name()
    if name == UTC:
        return UTC
    distance = timezone.localtime(moment).strftime("%:z") or "+00:00"
    return f"{name} (UTC{distance})"


def by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """The zones for a choice: those of each continent or ocean, then those without one."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(known(), key=lambda one: ("/" not in one, one)):
        region, _, place = name.partition("/")
        group, label = (region, place) if place else ("Others", name)
        regions.setdefault(group, []).append((name, label.replace("_", " ")))
    return list(regions.items())
