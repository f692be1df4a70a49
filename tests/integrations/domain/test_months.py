from datetime import UTC, datetime, timedelta, timezone

from integrations.domain.months import month_of


def test_int_39_december_ends_with_the_year():
    begins, ends = month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert begins == datetime(2026, 12, 1, tzinfo=UTC)
    assert ends == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_month_is_one_of_utc():
    east = timezone(timedelta(hours=9))
    begins, _ends = month_of(datetime(2026, 6, 1, 5, tzinfo=east))
    assert begins == datetime(2026, 5, 1, tzinfo=UTC)
