"""What one reported call may say: integrations 1.0.0."""

from datetime import timedelta
from typing import Final

MOST_AT_ONCE: Final = 100  # records in one batch
MAX_CALL_ID: Final = 100  # characters, as also of model and agent
MAX_PROVIDER: Final = 50
LATE_BY: Final = timedelta(days=7)  # an own time may lie this far back
LATENCY_BOUNDS: Final = (500, 1000, 2000, 5000, 10_000, 30_000, 60_000)  # ms, each included
EARLY_BY: Final = timedelta(minutes=5)  # clocks differ


def success_rate(*, calls: int, errors: int, blocked: int) -> float:
    """The share of calls that were made and came back; 1.0 where there were none."""
    return (calls - errors - blocked) / calls if calls else 1.0
