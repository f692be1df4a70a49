"""Whether a routing change did its agent harm, and what is said where nobody can know.

An agent's KPI is the share of its decisions that succeeded. A share of a handful of decisions
says nothing, so below MIN_DECISIONS it counts as missing; and what rests on a missing figure is
inconclusive, never a success.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from loops.domain.narrative import moment_words
from loops.domain.routing import (
    KPI_WINDOW,
    ROLLBACK_THRESHOLD,
    kpi_drop,
    must_roll_back,
    success_share,
)

MIN_DECISIONS: Final = 20  # behind a share that anything is judged by
HOUR: Final = timedelta(hours=1)


class KpiVerdict(StrEnum):
    """What became of an agent since its weight was changed. Derived for display, never stored."""

    SUCCESS = "success"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Reading:
    """How an agent's decisions went in some period."""

    decisions: int = 0
    successes: int = 0

    @property
    def share(self) -> float | None:
        """The success share, to four decimals; None if too few decisions stand behind it."""
        if self.decisions < MIN_DECISIONS:
            return None
        return success_share(successes=self.successes, decisions=self.decisions)

    @property
    def words(self) -> str:
        """The share as people compare it; empty if it is missing."""
        return "" if self.share is None else share_words(self.share)


@dataclass(frozen=True)
class Judgement:
    """A verdict and the sentence it is told in."""

    verdict: KpiVerdict
    sentence: str


def hour_of(moment: datetime) -> datetime:
    """The first moment of the hour that `moment` lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def measured_from(*, created_at: datetime, now: datetime) -> datetime:
    """Where the hours begin that judge an adjustment: a day ago, but not before it was made.

    The hour in which it was made tells of both times, and counts for neither.
    """
    return max(hour_of(created_at) + HOUR, now - KPI_WINDOW)


def judge(
    *,
    baseline: float | None,
    current: float | None,
    decisions: int | None,
    since: datetime,
    threshold: Decimal = ROLLBACK_THRESHOLD,
) -> Judgement:
    """How an agent did since its weight was changed; `decisions` are those behind `current`."""
    drop = kpi_drop(baseline=baseline, current=current)
    if drop is None or baseline is None or current is None:
        return Judgement(KpiVerdict.INCONCLUSIVE, _missing(baseline, current, decisions or 0))
    failed = must_roll_back(baseline=baseline, current=current, threshold=threshold)
    told = f"a drop of {_percent(drop)}" if drop > 0 else "no drop"
    return Judgement(
        KpiVerdict.FAILED if failed else KpiVerdict.SUCCESS,
        f"Success share {share_words(baseline)} → {share_words(current)} over {decisions:,} "
        f"decisions since {moment_words(since)}: {told}, limit {_percent(threshold)}.",
    )


def share_words(share: float) -> str:
    """A success share as people compare them, such as "0.95" or "0.8214"."""
    whole, _, rest = f"{share:.4f}".partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def _missing(baseline: float | None, current: float | None, decisions: int) -> str:
    if baseline is None:
        return (
            f"No baseline: fewer than {MIN_DECISIONS} decisions were reported for the "
            f"{KPI_WINDOW.total_seconds() / 3600:.0f} hours before. Nothing can be compared."
        )
    if current is None:
        return (
            f"{decisions} of the {MIN_DECISIONS} decisions needed were reported since. Until then "
            "nothing can be said, and nothing is rolled back."
        )
    return "The baseline is zero: there was no success that could have been lost."


def _percent(share: Decimal) -> str:
    return f"{(share * 100).quantize(Decimal('0.01')).normalize():f}%"
