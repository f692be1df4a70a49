"""Watching what was applied: did the failure come back?

A recovery whose pattern comes back within its window has failed, at once. One whose window ends
without that is verified only if its agent was heard of meanwhile: silence proves nothing.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from loops.actions import verifications
from loops.domain.states import Verification

AT_ONCE: Final = 200  # recoveries of each kind in one run
GRACE: Final = timedelta(minutes=1)  # what happened within the window may be stored after it
SIGNS_READ: Final = 1000  # of a tenant's incidents, and of its evaluations, within the window

# Patterns not seen since cannot have come back, and most were not: their rows tell it cheaply.
_CAME_BACK: Final = """
SELECT r.id, back.id, back.created_at - r.executed_at
FROM recovery_candidates r
JOIN failure_patterns p ON p.id = r.source_pattern_id AND p.last_occurrence_at > r.executed_at
CROSS JOIN LATERAL (
    SELECT i.id, i.created_at FROM incidents i
    WHERE i.tenant_id = r.tenant_id AND i.matched_pattern_id = r.source_pattern_id
      AND i.created_at > r.executed_at AND i.created_at <= r.verify_until
      AND i.id <> r.source_incident_id
    ORDER BY i.created_at, i.id LIMIT 1
) back
WHERE r.verification = 'watching' AND r.status = 'applied'
ORDER BY r.verify_until, r.id LIMIT %(limit)s
"""

# An incident of the window whose pattern is still unknown could be the one that came back.
_OVER: Final = """
SELECT r.id, r.status <> 'applied', coalesce(a.affected_agent_id, ''), (
    EXISTS (
        SELECT FROM agents g WHERE g.tenant_id = r.tenant_id
          AND g.agent_id = a.affected_agent_id AND g.last_seen_at > r.executed_at
    ) OR EXISTS (
        SELECT FROM agents g JOIN agent_traffic t ON t.agent_id = g.id
        WHERE g.tenant_id = r.tenant_id AND g.agent_id = a.affected_agent_id
          AND t.hour BETWEEN r.executed_at AND r.verify_until AND t.decisions > 0
    ) OR EXISTS (
        SELECT FROM (
            SELECT affected_agent_id FROM incidents i WHERE i.tenant_id = r.tenant_id
              AND i.created_at > r.executed_at AND i.created_at <= r.verify_until
            ORDER BY i.created_at DESC, i.id DESC LIMIT %(signs)s
        ) s WHERE s.affected_agent_id = a.affected_agent_id
    ) OR EXISTS (
        SELECT FROM (
            SELECT agent_id FROM policy_evaluations e WHERE e.tenant_id = r.tenant_id
              AND e.created_at > r.executed_at AND e.created_at <= r.verify_until
            ORDER BY e.created_at DESC, e.id DESC LIMIT %(signs)s
        ) s WHERE s.agent_id = a.affected_agent_id
    )
)
FROM recovery_candidates r JOIN incidents a ON a.id = r.source_incident_id
WHERE r.verification = 'watching' AND r.verify_until < %(until)s AND NOT EXISTS (
    SELECT FROM loop_traces t
    WHERE t.tenant_id = r.tenant_id AND t.outcome = 'running'
      AND t.current_stage = 'incident_created' AND t.started_at <= r.verify_until
)
ORDER BY r.verify_until, r.id LIMIT %(limit)s
"""


def run(now: datetime) -> dict[str, int]:
    """End the watches that can be ended; how many, by verdict."""
    done = {Verification.FAILED: _those_that_came_back(now), **_those_that_are_over(now)}
    return {verdict.value: times for verdict, times in done.items()}


def _those_that_came_back(now: datetime) -> int:
    ended = 0
    for recovery_id, incident_id, after in _rows(_CAME_BACK, limit=AT_ONCE):
        note = f"The failure came back after {_told(after)}, with incident {incident_id}."
        ended += _conclude(recovery_id, Verification.FAILED, note, now)
    return ended


def _those_that_are_over(now: datetime) -> dict[Verification, int]:
    ended = {Verification.VERIFIED: 0, Verification.INCONCLUSIVE: 0}
    rows = _rows(_OVER, limit=AT_ONCE, until=now - GRACE, signs=SIGNS_READ)
    for recovery_id, taken_back, agent, was_heard_of in rows:
        verdict, note = _verdict(taken_back=taken_back, agent=agent, was_heard_of=was_heard_of)
        ended[verdict] += _conclude(recovery_id, verdict, note, now)
    return ended


def _verdict(*, taken_back: bool, agent: str, was_heard_of: bool) -> tuple[Verification, str]:
    if taken_back:
        return Verification.INCONCLUSIVE, "It was taken back before its window was over."
    if not agent:
        return Verification.INCONCLUSIVE, "The incident names no agent, so nothing could be heard."
    if not was_heard_of:
        return Verification.INCONCLUSIVE, f"Nothing was heard of agent {agent} in the meantime."
    return Verification.VERIFIED, f"The failure did not come back while agent {agent} was at work."


def _conclude(recovery_id: str, verdict: Verification, note: str, now: datetime) -> bool:
    return verifications.conclude(recovery_id=recovery_id, verdict=verdict, note=note, now=now)


def _rows(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _told(after: timedelta) -> str:
    minutes = round(after.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
