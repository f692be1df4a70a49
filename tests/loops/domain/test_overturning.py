from datetime import UTC, datetime, timedelta

from loops.domain.evidence import Counts
from loops.domain.overturning import outlook
from loops.domain.states import GateKey

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def told(key: GateKey, counts: Counts, *, passed: bool) -> str:
    return " ".join(outlook(key, counts, passed=passed, now=NOW))


def test_an_only_prevention_says_when_it_is_too_old():
    known = Counts(preventions=1, attempts=1, last_prevention_at=NOW - timedelta(days=18))
    words = told(GateKey.PREVENTION, known, passed=True)
    assert "In 12 days its only prevention is too old to count." in words
    assert "2 failed attempts would close it." in words


def test_trust_is_lost_before_the_evidence_is_too_old():
    known = Counts(preventions=4, attempts=7, last_prevention_at=NOW - timedelta(days=10))
    words = told(GateKey.PREVENTION, known, passed=True)
    assert "In 5 days without another prevention, the level is lost." in words
    assert "In 20 days its last prevention is too old to count." in words
    assert "2 failed attempts would close it." in words


def test_a_closed_gate_says_what_opens_it():
    assert "first prevention" in told(GateKey.PREVENTION, Counts(), passed=False)
    third = Counts(preventions=1, attempts=3)
    assert "1 more prevention in a row" in told(GateKey.PREVENTION, third, passed=False)
    assert "No policy had to be taken back" in told(GateKey.ROLLBACK, Counts(), passed=False)
    loud = Counts(demotions=1, regrets=4, evaluations=10)
    assert "Too much is regretted" in told(GateKey.ROLLBACK, loud, passed=False)
    assert "Open the timeline" in told(GateKey.TIMELINE, Counts(), passed=False)


def test_an_open_rollback_gate_says_how_much_more_regret_it_bears():
    known = Counts(
        demotions=2, regrets=2, evaluations=10, last_demotion_at=NOW - timedelta(days=29, hours=1)
    )
    words = told(GateKey.ROLLBACK, known, passed=True)
    assert "Today its last disabled policy is too old to count." in words
    assert "2 more reports of harm on the same decisions would close it." in words


def test_an_open_timeline_gate_says_when_its_view_is_too_old():
    known = Counts(views=1, last_view_at=NOW - timedelta(days=1))
    assert told(GateKey.TIMELINE, known, passed=True) == (
        "In 29 days its only view is too old to count."
    )
