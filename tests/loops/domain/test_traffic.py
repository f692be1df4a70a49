from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.payload import PayloadFault
from loops.domain.traffic import TrafficRow, check_rows, report_hash, summed

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
ROW = TrafficRow(agent_id="booking", hour=NOW, decisions=10, successes=9)


def test_rows_of_one_hour_add_up() -> None:
    early = replace(ROW, hour=NOW - timedelta(minutes=29), capability="search")
    later = replace(ROW, hour=NOW + timedelta(hours=1))
    assert summed([later, ROW, early]) == [
        TrafficRow(
            agent_id="booking",
            hour=datetime(2026, 1, 31, 9, tzinfo=UTC),
            decisions=20,
            successes=18,
            capability="search",
        ),
        replace(later, hour=datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ]


def test_more_successes_than_decisions_are_refused_by_row() -> None:
    with pytest.raises(PayloadFault) as refused:
        check_rows([ROW, replace(ROW, successes=11)], now=NOW)
    assert refused.value.pointer == "/agents/1/successes"


@pytest.mark.parametrize("offset", [timedelta(days=-32), timedelta(hours=2)])
def test_hours_that_nobody_could_have_seen_are_refused(offset: timedelta) -> None:
    with pytest.raises(PayloadFault, match="within the last 31 days"):
        check_rows([replace(ROW, hour=NOW + offset)], now=NOW)


def test_the_digest_tells_other_rows_apart() -> None:
    assert report_hash([ROW]) == report_hash([replace(ROW)])
    assert report_hash([ROW]) != report_hash([replace(ROW, successes=8)])
