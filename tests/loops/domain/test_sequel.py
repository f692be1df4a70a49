from datetime import UTC, datetime

import pytest

from loops.domain.sequel import Sequel, after, before
from loops.domain.states import PolicyMode

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sequel(**fields: object) -> Sequel:
    known = {"occurrences": 4, "first_seen": NOON, "decisions": 1}
    return Sequel(**known | fields)  # type: ignore[arg-type]


def test_the_time_before_says_how_often_and_what_it_took() -> None:
    assert before(sequel()) == (
        "This failure was reported 4 times since 2026-03-01 12:00 UTC. "
        "This one took one decision of people."
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "no policy was learned"),
        ({"mode": PolicyMode.SHADOW}, "never in force"),
        ({"mode": PolicyMode.ACTIVE, "active_since": NOON}, "It has prevented nothing so far."),
        (
            {
                "mode": PolicyMode.ACTIVE,
                "active_since": NOON,
                "prevented": 2,
                "last_prevented": NOON,
                "regrets": 1,
            },
            "prevented this failure 2 times, last at 2026-03-01 12:00 UTC. Harm by it was rep",
        ),
        ({"mode": PolicyMode.DISABLED, "active_since": NOON}, "is not in force now"),
    ],
)
def test_the_time_since_says_what_was_prevented(fields: dict[str, object], told: str) -> None:
    assert told in after(sequel(**fields))
