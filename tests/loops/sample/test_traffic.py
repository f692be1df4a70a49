from datetime import UTC, datetime, timedelta

from loops.api.shapes.routing import TrafficIn
from loops.sample import client, traffic

NOW = datetime(2026, 3, 29, 13, 7, tzinfo=UTC)


def test_a_stretch_is_reported_alike_whoever_tells_it_and_when():
    told = {one["report_id"]: one for one in traffic.reports(client.sample(), now=NOW)}
    later = traffic.reports(client.sample(), now=NOW + timedelta(hours=traffic.HOURS))
    again = [one for one in later if one["report_id"] in told]
    assert len(told) == traffic.BACK // timedelta(hours=traffic.HOURS)
    assert len(again) == len(told) - 1
    assert all(told[one["report_id"]] == one for one in again)


def test_every_report_is_one_the_console_takes():
    for one in traffic.reports(client.sample(), now=NOW):
        rows = TrafficIn.model_validate(one).agents
        assert len(rows) == traffic.AGENTS * traffic.HOURS
        assert all(0 <= row.successes <= row.decisions for row in rows)
        assert all(row.hour < NOW for row in rows)
