"""The period of budgets and token limits: a calendar month in UTC."""

from datetime import UTC, datetime


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """The first moment of its month, and that of the next one, which is no longer in it."""
    told = moment.astimezone(UTC)
    begins = told.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = (
        begins.replace(year=begins.year + 1, month=1)
        if begins.month == 12
        else begins.replace(month=begins.month + 1)
    )
    return begins, ends
