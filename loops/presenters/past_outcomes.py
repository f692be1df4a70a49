"""What became of earlier loops of a pattern, by what people answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops.models import HumanCheckpoint
from m25console.together import Row, Select

ENOUGH_TO_SAY: Final = 5
LOOKED_BACK_AT: Final = 1000  # recoveries of the pattern, the newest
RETURNS_WITHIN: Final = timedelta(days=7)
TOO_FEW: Final = "too few to say"
# One row for each answer: how often, how many came back or had the time to, and how long it took
# from the report until the failure was known to stay away. A lapsed question leaves it alone.
_OUTCOMES: Final = """
WITH lately AS (
    SELECT r.id, r.trace_id, r.source_incident_id, r.status, r.decided_at, r.decided_by_id,
           r.verification, r.verified_at
    FROM recovery_candidates r
    WHERE r.tenant_id = %(tenant)s AND r.source_pattern_id = %(pattern)s
      AND r.trace_id <> %(trace)s
    ORDER BY r.created_at DESC LIMIT %(limit)s
), ended AS (
    SELECT CASE WHEN l.status = 'rejected' THEN 'rejected' ELSE 'approved' END AS answer,
           l.source_incident_id, l.decided_at AS at, l.verification, l.verified_at
    FROM lately l WHERE l.decided_by_id IS NOT NULL
    UNION ALL
    SELECT 'left', l.source_incident_id, c.resolved_at, l.verification, l.verified_at
    FROM lately l JOIN human_checkpoints c
        ON c.trace_id = l.trace_id AND c.target_id = l.id AND c.resolution = 'expired'
    WHERE l.decided_by_id IS NULL
), told AS (
    SELECT e.*, i.created_at AS reported_at, EXISTS (
        SELECT 1 FROM incidents n
        WHERE n.tenant_id = %(tenant)s AND n.matched_pattern_id = %(pattern)s
          AND n.created_at > e.at AND n.created_at <= e.at + %(within)s
    ) AS came_back
    FROM ended e JOIN incidents i ON i.id = e.source_incident_id
)
SELECT answer, count(*) AS times, count(*) FILTER (WHERE came_back) AS came_back,
       count(*) FILTER (WHERE came_back OR at + %(within)s <= %(now)s) AS known,
       count(*) FILTER (WHERE verification = 'verified') AS verified,
       extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY verified_at - reported_at)
           FILTER (WHERE verification = 'verified')) AS seconds
FROM told GROUP BY answer
"""


@dataclass(frozen=True)
class Outcome:
    """How it went after one answer."""

    answer: str
    times: int = 0
    came_back: int = 0  # within RETURNS_WITHIN
    known: int = 0  # of how many that can be said
    verified: int = 0
    median: timedelta | None = None  # from the report until it was known to have helped

    @property
    def is_enough(self) -> bool:
        return self.known >= ENOUGH_TO_SAY

    @property
    def returned(self) -> str:
        """How many came back, such as "2 of 8 (25%)"."""
        if not self.known:
            return "not known"
        share = f" ({self.came_back / self.known:.0%})" if self.is_enough else f", {TOO_FEW}"
        return f"{self.came_back} of {self.known}{share}"


@dataclass(frozen=True)
class Past:
    """The three ways it can go, of one pattern."""

    approved: Outcome
    rejected: Outcome
    left: Outcome

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return self.approved, self.rejected, self.left

    @property
    def total(self) -> int:
        return sum(one.times for one in self.outcomes)


def outcomes_around(checkpoint: HumanCheckpoint, *, now: datetime) -> Select:
    """What became of the pattern's other loops whose remedy people were asked about."""
    return Select(
        _OUTCOMES,
        {
            "tenant": checkpoint.tenant_id,
            "pattern": checkpoint.incident.matched_pattern_id,
            "trace": checkpoint.trace_id,
            "limit": LOOKED_BACK_AT,
            "within": RETURNS_WITHIN,
            "now": now,
        },
    )


def past_of(rows: Sequence[Row]) -> Past:
    """The three ways it can go, by the rows of `outcomes_around`."""
    found = {row.pop("answer"): row for row in rows}
    return Past(
        _outcome("Approved", found.get("approved")),
        _outcome("Rejected", found.get("rejected")),
        _outcome("Left alone", found.get("left")),
    )


def _outcome(answer: str, row: Row | None) -> Outcome:
    if row is None:
        return Outcome(answer)
    seconds = row.pop("seconds")
    return Outcome(
        answer, **row, median=None if seconds is None else timedelta(seconds=float(seconds))
    )
