"""How long a question may be put out of sight."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from loops.domain.snoozing import MOST, Snooze, latest, offers, until_of
from loops.domain.states import CheckpointPriority

LISBON = ZoneInfo("Europe/Lisbon")
TOKYO = ZoneInfo("Asia/Tokyo")
SATURDAY_NIGHT = datetime(2026, 7, 4, 22, 30, tzinfo=UTC)  # in Tokyo it is Sunday morning
RAISED = SATURDAY_NIGHT - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("wanted", "zone", "ends"),
    [
        (Snooze.HOUR, LISBON, "2026-07-04T23:30"),
        (Snooze.FOUR_HOURS, LISBON, "2026-07-05T02:30"),
        (Snooze.TOMORROW, LISBON, "2026-07-05T08:00"),
        (Snooze.TOMORROW, TOKYO, "2026-07-06T00:00"),
        (Snooze.MONDAY, LISBON, "2026-07-06T08:00"),
        (Snooze.MONDAY, TOKYO, "2026-07-06T00:00"),
    ],
)
def test_a_morning_is_nine_where_the_person_is(wanted, zone, ends):
    moment = until_of(wanted, now=SATURDAY_NIGHT, zone=zone, created_at=RAISED, priority="normal")
    assert moment == datetime.fromisoformat(ends).replace(tzinfo=UTC)


def test_on_a_monday_next_monday_is_a_week_away():
    monday = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
    ends = until_of(Snooze.MONDAY, now=monday, zone=UTC, created_at=monday, priority="low")
    assert ends == datetime(2026, 7, 13, 9, 0, tzinfo=UTC)


def test_a_critical_question_comes_back_when_it_escalates():
    critical = CheckpointPriority.CRITICAL
    asked = {"created_at": RAISED, "priority": critical}
    escalates = RAISED + timedelta(minutes=15)

    assert latest(**asked, now=SATURDAY_NIGHT) == escalates
    assert offers(**asked, now=SATURDAY_NIGHT) == [Snooze.ESCALATION]
    assert until_of(Snooze.ESCALATION, now=SATURDAY_NIGHT, zone=UTC, **asked) == escalates
    assert offers(**asked, now=escalates) == []


def test_anything_else_may_rest_for_thirty_days():
    asked = {"created_at": RAISED, "priority": CheckpointPriority.HIGH}
    assert latest(**asked, now=SATURDAY_NIGHT) == SATURDAY_NIGHT + MOST
    assert Snooze.ESCALATION not in offers(**asked, now=SATURDAY_NIGHT)
