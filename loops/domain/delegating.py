"""How long, and from when, a person may have another decide in their place."""

from datetime import datetime, timedelta
from typing import Final

LONGEST: Final = timedelta(days=366)
MAX_REASON: Final = 500  # characters


def faults_of(
    *, starts_at: datetime, ends_at: datetime, reason: str, now: datetime
) -> dict[str, list[str]]:
    """What is wrong with a delegation, by field, in sentences; empty if nothing is."""
    faults: dict[str, list[str]] = {}
    if ends_at <= max(starts_at, now):
        faults["ends_at"] = ["It must end after it begins, and in time to come."]
    elif ends_at - starts_at > LONGEST:
        faults["ends_at"] = [f"It lasts {LONGEST.days} days at most."]
    if not reason.strip():
        faults["reason"] = ["Say why: it stands beside what is decided in your place."]
    elif len(reason.strip()) > MAX_REASON:
        faults["reason"] = [f"Keep it under {MAX_REASON} characters."]
    return faults
