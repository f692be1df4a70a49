"""How often what was said of a pattern proved right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from loops.domain import calibration
from loops.domain.calibration import ENOUGH_TO_USE, Outcome, Reliability, Thresholds
from loops.domain.confidence import Band
from loops.models import CalibrationOutcome, FailurePattern, PatternCalibration
from loops.presenters.looks import BANDS
from m25console.looks import Look
from m25console.together import Row, Rows

LOOKED_BACK_AT: Final = 1000  # outcomes of a pattern, the newest
NEVER: Final = Reliability(0, 0)


@dataclass(frozen=True)
class BandLine:
    look: Look
    reliability: Reliability


@dataclass(frozen=True)
class ReliabilityTable:
    """The outcomes of one pattern, and of those merged into it, by the band that was stated."""

    bands: Sequence[BandLine]
    total: Reliability
    brier: float | None  # 0 is perfect, 0.25 a coin
    thresholds: Thresholds | None  # what the outcomes allow; None while they are too few
    missing: int  # outcomes until then

    @property
    def has_moved(self) -> bool:
        """Whether the outcomes would allow other bands than those in force."""
        return self.thresholds is not None and calibration.has_moved(self.thresholds.strong)


def table_of(pattern: FailurePattern) -> ReliabilityTable:
    """The table of one pattern; load it with its calibration. One query."""
    outcomes = [Outcome(**row) for row in latest_outcomes(pattern.pk)]
    counted: PatternCalibration | None = getattr(pattern, "calibration", None)
    by_band = calibration.reliability(outcomes)
    total = counted.total_matches if counted else 0
    return ReliabilityTable(
        bands=[BandLine(BANDS[band], by_band[band]) for band in Band],
        total=_total(outcomes, counted),
        brier=calibration.brier(outcomes),
        thresholds=_thresholds(counted),
        missing=max(0, ENOUGH_TO_USE - total),
    )


def _total(outcomes: Sequence[Outcome], counted: PatternCalibration | None) -> Reliability:
    """All there are; of a great many, all that are the pattern's own."""
    if counted is not None and counted.total_matches > len(outcomes):
        return Reliability(counted.correct_matches, counted.total_matches)
    return Reliability(sum(one.was_correct for one in outcomes), len(outcomes))


def told_of(pattern: FailurePattern | None) -> Reliability:
    """All outcomes of a pattern loaded with its calibration; no query."""
    counted: PatternCalibration | None = getattr(pattern, "calibration", None)
    return Reliability(counted.correct_matches, counted.total_matches) if counted else NEVER


def of_band(rows: Sequence[Row], band: Band) -> Reliability:
    """How often confidences of this band proved right, by rows of `latest_outcomes`."""
    return calibration.reliability([Outcome(**row) for row in rows])[band]


def latest_outcomes(pattern_id: str) -> Rows:
    """The newest outcomes of a pattern and of those merged into it."""
    own_or_merged = Q(pattern=pattern_id) | Q(pattern__merged_into=pattern_id)
    newest = CalibrationOutcome.objects.filter(own_or_merged).order_by("-at", "-id")
    return newest.values("confidence", "was_correct")[:LOOKED_BACK_AT]


def _thresholds(counted: PatternCalibration | None) -> Thresholds | None:
    if counted is None or not counted.is_calibrated:
        return None
    return Thresholds(counted.empirical_strong_threshold, counted.empirical_weak_threshold)
