"""The periods a dashboard offers, in words and in addresses."""

from collections.abc import Mapping
from typing import Final

from loops.domain.figures import Period

PERIODS: Final[Mapping[Period, str]] = {
    Period.DAY: "24 hours",
    Period.WEEK: "7 days",
    Period.MONTH: "30 days",
    Period.QUARTER: "90 days",
}


def period_from(query: Mapping[str, str]) -> Period:
    """The period an address names; a week if it names none."""
    wanted = query.get("period", "")
    return Period(wanted) if wanted in set(Period) else Period.WEEK
