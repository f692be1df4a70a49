"""Keeping whether a stated confidence proved right, once per incident."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from loops.domain import calibration
from loops.domain.calibration import Outcome
from loops.models import CalibrationOutcome, Incident, PatternCalibration, RecoveryCandidate

LOOKED_BACK_AT: Final = 1000  # outcomes of a pattern, the newest
MAX_REASON: Final = 254


@transaction.atomic
def record_outcome(*, incident_id: str, was_correct: bool, reason: str, now: datetime) -> bool:
    """Keep whether what was said of an incident proved right; whether this was news.

    What is judged is the confidence of the recovery its loop suggested, or that of the match if
    there is none yet. The first word stands: a second one for the same incident changes
    nothing, and neither does one for an incident without a pattern or of a drill.
    """
    unjudged = Incident.objects.filter(
        pk=incident_id,
        calibration_recorded=False,
        is_synthetic=False,
        matched_pattern__isnull=False,
    )
    if not unjudged.update(calibration_recorded=True, prediction_was_correct=was_correct):
        return False
    incident = Incident.objects.get(pk=incident_id)
    pattern_id = incident.matched_pattern_id
    assert pattern_id is not None  # the update above asked for one
    outcome = Outcome(_confidence_judged(incident), was_correct)
    CalibrationOutcome.objects.create(
        tenant_id=incident.tenant_id,
        pattern_id=pattern_id,
        incident=incident,
        confidence=outcome.confidence,
        was_correct=was_correct,
        reason=reason[:MAX_REASON],
        at=now,
    )
    _count(pattern_id, outcome, tenant_id=incident.tenant_id, now=now)
    return True


def _confidence_judged(incident: Incident) -> float:
    suggested = RecoveryCandidate.objects.filter(trace_id=incident.loop_trace_id)
    confidence = suggested.values_list("confidence", flat=True).first()
    matched = incident.match_confidence
    assert matched is not None  # an incident with a pattern has one
    return matched if confidence is None else confidence


def _count(pattern_id: str, outcome: Outcome, *, tenant_id: str, now: datetime) -> None:
    """One more outcome in the pattern's counters, and its thresholds anew when they are due."""
    PatternCalibration.objects.bulk_create(
        [PatternCalibration(pattern_id=pattern_id, tenant_id=tenant_id)], ignore_conflicts=True
    )
    mine = PatternCalibration.objects.filter(pattern=pattern_id)
    mine.update(
        total_matches=F("total_matches") + 1, **{_counter(outcome): F(_counter(outcome)) + 1}
    )
    counted = mine.get()
    if calibration.is_due(counted.total_matches):
        _calibrate(counted, now=now)


def _counter(outcome: Outcome) -> str:
    if outcome.was_correct:
        return "correct_matches"
    return "false_positives" if calibration.is_false_positive(outcome) else "false_negatives"


def _calibrate(counted: PatternCalibration, *, now: datetime) -> None:
    newest = CalibrationOutcome.objects.filter(pattern=counted.pattern_id).order_by("-at", "-id")
    rows = newest.values_list("confidence", "was_correct")[:LOOKED_BACK_AT]
    found = calibration.thresholds([Outcome(*row) for row in rows])
    used = calibration.in_use(found, total=counted.total_matches)
    counted.empirical_strong_threshold, counted.empirical_weak_threshold = used.strong, used.weak
    counted.is_calibrated = counted.total_matches >= calibration.ENOUGH_TO_USE
    counted.last_calibrated_at = now
    counted.save(
        update_fields=[
            "empirical_strong_threshold",
            "empirical_weak_threshold",
            "is_calibrated",
            "last_calibrated_at",
        ]
    )
