"""Finding what is worth telling, by looking at the rows where it happened.

Nothing here is on the way of those who write the rows. Each table is read from its mark on, a
little before it, since rows become visible out of order; what is known already is left out, so a
look may be repeated at will.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from loops.domain.states import CheckpointPriority, Event
from loops.models import Happening, HumanCheckpoint, NotificationMark

AT_ONCE: Final = 500  # of one tenant, or of one table
# No transaction is open longer than this, nor are so many rows of one table written meanwhile.
LOOKED_BACK: Final = timedelta(minutes=5)
NUMBERS_BACK: Final = 1000
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """A table and the query that finds happenings in it: (tenant, event, key, checkpoint, subject,
    sentence, risk, urgent, named, details, at), from %(since)s or %(number)s on."""

    name: str
    query: str
    by_number: bool = False

    @property
    def statement(self) -> str:
        """The statement that keeps what the query finds, as the database takes it."""
        query = _NEW.sub(_UNTOLD, _KEY.sub(r"'\2:' || \1.id", self.query))
        return _INSERT.replace("QUERY", query)


_INSERT: Final = """
INSERT INTO happenings (tenant_id, event, key, checkpoint_id, subject_id, sentence, risk,
                        is_urgent, named, details, at)
SELECT found.* FROM (QUERY) AS found
ON CONFLICT DO NOTHING
RETURNING tenant_id
"""
# In a query, KEY(x, event) is the key under which row x is told, and NEW(x, event) stands for "row
# x was not told yet".
_KEY: Final = re.compile(r"KEY\((\w), (\w+)\)")
_NEW: Final = re.compile(r"NEW\((\w), (\w+)\)")
_UNTOLD: Final = r"""NOT EXISTS (
    SELECT FROM happenings k WHERE k.tenant_id = \1.tenant_id AND k.key = '\2:' || \1.id
)"""
_ASKED: Final = """
SELECT c.* FROM tenants t CROSS JOIN LATERAL (
    SELECT h.tenant_id, 'asked', KEY(h, asked) AS key, h.id, '', h.description, h.risk,
           h.priority = 'critical', '[]'::jsonb, '{}'::jsonb, h.created_at
    FROM human_checkpoints h
    WHERE h.tenant_id = t.id AND h.resolved_at IS NULL AND h.created_at > %(since)s
      AND NEW(h, asked)
    ORDER BY h.created_at, h.id LIMIT %(most)s
) AS c WHERE t.is_active
"""
_LAPSED: Final = """
SELECT c.* FROM tenants t CROSS JOIN LATERAL (
    SELECT h.tenant_id, 'lapsed', KEY(h, lapsed) AS key, h.id, '', h.description, h.risk, false,
           '[]'::jsonb, '{}'::jsonb, h.resolved_at
    FROM human_checkpoints h
    WHERE h.tenant_id = t.id AND h.resolved_at > %(since)s AND h.resolution = 'expired'
      AND NEW(h, lapsed)
    ORDER BY h.resolved_at, h.id LIMIT %(most)s
) AS c WHERE t.is_active
"""
# To those who voted, claimed, wrote or asked, or whose place was taken; not to who decided.
_DECIDED: Final = """
SELECT d.tenant_id, 'decided', KEY(d, decided) AS key, c.id, '', c.description, c.risk, false,
       (SELECT coalesce(jsonb_agg(DISTINCT q.person), '[]') FROM (
            SELECT v.person_id AS person FROM checkpoint_decisions v WHERE v.checkpoint_id = c.id
            UNION ALL SELECT r.author_id FROM checkpoint_comments r WHERE r.checkpoint_id = c.id
            UNION ALL SELECT c.claimed_by_id
            UNION ALL SELECT d.on_behalf_of_id
            UNION ALL SELECT (c.contract #>> '{subject,asked_by_id}')::bigint
        ) q WHERE q.person <> d.person_id),
       jsonb_build_object('option', d.option, 'by', coalesce(nullif(u.full_name, ''), u.username)),
       d.at
FROM checkpoint_decisions d
JOIN human_checkpoints c ON c.id = d.checkpoint_id
JOIN users u ON u.id = d.person_id
WHERE d.id > %(number)s AND d.is_final
  AND NEW(d, decided)
ORDER BY d.id LIMIT %(most)s
"""
_MENTIONED: Final = """
SELECT m.tenant_id, 'mentioned', KEY(m, mentioned) AS key, c.id, '', c.description, c.risk,
       false, jsonb_build_array(m.person_id),
       jsonb_build_object('by', coalesce(nullif(u.full_name, ''), u.username)), r.at
FROM comment_mentions m
JOIN checkpoint_comments r ON r.id = m.comment_id
JOIN human_checkpoints c ON c.id = r.checkpoint_id
JOIN users u ON u.id = r.author_id
WHERE m.id > %(number)s AND m.person_id <> r.author_id
  AND NEW(m, mentioned)
ORDER BY m.id LIMIT %(most)s
"""
_DELEGATED: Final = """
SELECT d.tenant_id, 'delegated', KEY(d, delegated) AS key, NULL, '', d.reason, NULL::smallint,
       false, jsonb_build_array(d.delegate_id),
       jsonb_build_object('by', coalesce(nullif(u.full_name, ''), u.username),
                          'until', to_char(d.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
       d.created_at
FROM delegations d JOIN users u ON u.id = d.delegator_id
WHERE d.id > %(number)s AND d.ended_at IS NULL
  AND NEW(d, delegated)
ORDER BY d.id LIMIT %(most)s
"""
_HELD_REFUSED: Final = """
SELECT h.tenant_id, 'held_refused', KEY(h, held_refused) AS key, c.id, '', c.description, c.risk,
       c.priority = 'critical', jsonb_build_array(h.person_id),
       jsonb_build_object('outcome', h.outcome), h.ended_at
FROM held_decisions h JOIN human_checkpoints c ON c.id = h.checkpoint_id
WHERE h.state = 'refused' AND h.ended_at > %(since)s
  AND NEW(h, held_refused)
ORDER BY h.ended_at, h.id LIMIT %(most)s
"""
_POLICY_SHADOWED: Final = """
SELECT a.tenant_id, 'policy_shadowed', KEY(a, policy_shadowed) AS key, NULL, p.id,
       'Policy "' || p.name || '" only observes again.', NULL::smallint, false, '[]'::jsonb,
       jsonb_build_object('why', left(a.note, 300)), a.activated_at
FROM policy_activation_audit a JOIN policy_rules p ON p.id = a.policy_id
WHERE a.id > %(number)s AND a.old_mode = 'active' AND a.new_mode = 'shadow'
  AND NEW(a, policy_shadowed)
ORDER BY a.id LIMIT %(most)s
"""
# To those whose yes was to the revision before: what it changed is on the policy's page.
_VOTE_DROPPED: Final = """
SELECT v.tenant_id, 'vote_dropped', KEY(v, vote_dropped) AS key, NULL, v.policy_id,
       'Your confirmation of "' || v.name || '" no longer counts: ' || coalesce(nullif(concat_ws(
           ', ',
           CASE WHEN v.name <> w.name THEN 'name' END,
           CASE WHEN v.conditions <> w.conditions THEN 'condition' END,
           CASE WHEN v.actions <> w.actions THEN 'action' END,
           CASE WHEN (v.scope_type, v.scope_id) <> (w.scope_type, w.scope_id) THEN 'scope' END
       ), '') || ' changed', 'confirmations begin anew') || '.',
       NULL::smallint, false, lost.people, jsonb_build_object('revision', v.revision), v.at
FROM policy_versions v
JOIN policy_versions w ON w.policy_id = v.policy_id AND w.revision = v.revision - 1
CROSS JOIN LATERAL (
    SELECT jsonb_agg(DISTINCT one.person) AS people FROM (
        SELECT c.reviewer_id AS person FROM policy_confirmations c
        WHERE c.policy_id = v.policy_id AND c.revision = w.revision
        UNION ALL
        SELECT coalesce(d.on_behalf_of_id, d.person_id) FROM checkpoint_decisions d
        JOIN human_checkpoints h ON h.id = d.checkpoint_id
        WHERE h.tenant_id = v.tenant_id AND h.target_id = v.policy_id AND h.resolved_at = v.at
          AND h.checkpoint_type = 'approve_policy' AND d.option = 'approve'
    ) AS one
) AS lost
WHERE v.id > %(number)s AND lost.people IS NOT NULL
  AND NEW(v, vote_dropped)
ORDER BY v.id LIMIT %(most)s
"""
_ROUTING_ROLLED_BACK: Final = """
SELECT r.tenant_id, 'routing_rolled_back', KEY(r, routing_rolled_back) AS key, NULL, r.id,
       'The change of agent "' || r.agent_id || '" was taken back.', NULL::smallint, false,
       '[]'::jsonb, jsonb_build_object('why', left(r.rollback_reason, 300)), r.rolled_back_at
FROM routing_policy_adjustments r
WHERE r.was_rolled_back AND r.rolled_back_at > %(since)s
  AND NEW(r, routing_rolled_back)
ORDER BY r.rolled_back_at, r.id LIMIT %(most)s
"""
SOURCES: Final = (
    Source("human_checkpoints", _ASKED),
    Source("lapsed_checkpoints", _LAPSED),
    Source("checkpoint_decisions", _DECIDED, by_number=True),
    Source("comment_mentions", _MENTIONED, by_number=True),
    Source("delegations", _DELEGATED, by_number=True),
    Source("held_decisions", _HELD_REFUSED),
    Source("policy_activation_audit", _POLICY_SHADOWED, by_number=True),
    Source("policy_versions", _VOTE_DROPPED, by_number=True),
    Source("routing_policy_adjustments", _ROUTING_ROLLED_BACK),
)


def collect(now: datetime) -> int:
    """Keep what happened since the last look; how much was new."""
    return sum(_look(source, now=now) for source in SOURCES)


@transaction.atomic
def _look(source: Source, *, now: datetime) -> int:
    NotificationMark.objects.get_or_create(source=source.name)
    mark = NotificationMark.objects.select_for_update().get(source=source.name)
    last = _last_number(source) if source.by_number else 0
    with connection.cursor() as cursor:
        cursor.execute(
            source.statement,
            {
                "since": mark.at - LOOKED_BACK if mark.at else BEGINNING,
                "number": max(0, mark.number - NUMBERS_BACK),
                "most": AT_ONCE,
            },
        )
        found = Counter(tenant_id for (tenant_id,) in cursor.fetchall())
    full = found.total() if source.by_number else max(found.values(), default=0)
    if full < AT_ONCE:  # otherwise there is more, and the next look begins where this one did
        mark.at, mark.number = now, max(mark.number, last)
        mark.save(update_fields=["at", "number"])
    return found.total()


def _last_number(source: Source) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {source.name}")  # noqa: S608 - ours
        return int(cursor.fetchone()[0])


def keep(rows: Iterable[HumanCheckpoint], *, event: Event, now: datetime, of: str = "") -> None:
    """Keep what the clock did to these questions, in its transaction. `of` tells several of one
    event apart."""
    Happening.objects.bulk_create(
        [
            Happening(
                tenant_id=row.tenant_id,
                event=event,
                key=f"{event}{of}:{row.pk}",
                checkpoint_id=row.pk,
                sentence=row.description,
                risk=row.risk,
                is_urgent=row.priority == CheckpointPriority.CRITICAL,
                at=now,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
