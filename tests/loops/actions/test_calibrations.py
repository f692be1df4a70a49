"""Whether a confidence proved right is kept once per incident, and counted."""

import pytest
from django.utils import timezone

from loops.actions import calibrations, checkpoints
from loops.engine import resuming
from loops.models import (
    CalibrationOutcome,
    FailurePattern,
    Incident,
    LoopTrace,
    PatternCalibration,
    RecoveryCandidate,
)
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db
KNOWN = {"error_code": "E1", "agent_capability": "math", "status_code": 504}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def record(trace: LoopTrace, *, was_correct: bool = True) -> bool:
    return calibrations.record_outcome(
        incident_id=trace.incident_id,
        was_correct=was_correct,
        reason="It did not come back.",
        now=timezone.now(),
    )


def a_weak_likeness(tenant: Tenant) -> LoopTrace:
    factories.run_loop(tenant, **KNOWN)
    return factories.run_loop(tenant, **KNOWN | {"error_code": "X9"})


def test_the_confidence_of_the_recovery_is_judged(tenant):
    trace = factories.run_loop(tenant)

    assert record(trace)

    kept = CalibrationOutcome.objects.get()
    incident = Incident.objects.get()
    assert (kept.incident, kept.pattern_id) == (incident, incident.matched_pattern_id)
    assert (kept.confidence, kept.was_correct) == (trace.recovery.confidence, True)
    assert (incident.calibration_recorded, incident.prediction_was_correct) == (True, True)


def test_the_first_word_about_an_incident_stands(tenant):
    trace = factories.run_loop(tenant)

    assert [record(trace), record(trace, was_correct=False)] == [True, False]

    counted = PatternCalibration.objects.get()
    assert (counted.total_matches, counted.correct_matches) == (1, 1)
    assert Incident.objects.get().prediction_was_correct is True


def test_a_wrong_one_is_counted_as_too_high_or_too_low(tenant):
    first, second = factories.run_loops(tenant, times=2)
    RecoveryCandidate.objects.filter(trace=first).update(confidence=0.4)

    record(first, was_correct=False)
    record(second, was_correct=False)

    counted = PatternCalibration.objects.get()
    assert (counted.total_matches, counted.false_positives, counted.false_negatives) == (2, 1, 1)


def test_drills_and_incidents_without_a_pattern_teach_nothing(tenant):
    drill = factories.run_loop(tenant)
    Incident.objects.update(is_synthetic=True)
    [unmatched] = factories.report(tenant)

    assert not record(drill)
    assert not calibrations.record_outcome(
        incident_id=unmatched.incident_id, was_correct=True, reason="x", now=timezone.now()
    )
    assert not CalibrationOutcome.objects.exists()


def test_thresholds_are_computed_every_ten_and_used_from_twenty_on(tenant):
    traces = factories.run_loops(tenant, times=20)
    pattern = FailurePattern.objects.get()

    for trace in traces[:19]:
        record(trace)
    early = PatternCalibration.objects.get(pattern=pattern)
    record(traces[19])
    late = PatternCalibration.objects.get(pattern=pattern)

    assert early.last_calibrated_at is not None  # after the tenth
    assert (early.is_calibrated, early.empirical_strong_threshold) == (False, 0.85)
    assert (late.is_calibrated, late.empirical_strong_threshold) == (True, 0.7)
    assert late.empirical_weak_threshold == 0.5


@pytest.mark.parametrize(("answer", "was_right"), [("apply", True), ("reject", False)])
def test_a_likeness_that_a_reviewer_answers_is_judged(tenant, answer, was_right):
    trace = a_weak_likeness(tenant)

    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution=answer,
        note="because",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )

    kept = CalibrationOutcome.objects.get(incident=trace.incident_id)
    assert (kept.was_correct, kept.confidence) == (was_right, 0.8)
    assert "the likeness" in kept.reason


def test_an_answer_about_a_remedy_says_nothing_yet(tenant):
    trace = factories.run_loop(tenant)

    checkpoints.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="reject",
        note="because",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )

    assert not CalibrationOutcome.objects.exists()
