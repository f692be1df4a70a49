"""Proof that nothing is lost or doubled: what must hold between the rows, asked of the database.

Each rule selects the rows that break it, so an empty answer is the proof.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction


@dataclass(frozen=True)
class Rule:
    """`query` selects (object id, detail) of what breaks the rule; %(tenant)s is an id or null."""

    name: str
    sentence: str
    query: str


@dataclass(frozen=True)
class Violation:
    rule: Rule
    object_id: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule.name}: {self.object_id}: {self.detail}"


# In a query, MINE(x) stands for "row x belongs to the tenant asked for, if one was".
_MINE: Final = re.compile(r"MINE\((\w)\)")
_OF_TENANT: Final = r"(%(tenant)s::text IS NULL OR \1.tenant_id = %(tenant)s)"


RULES: Final = (
    Rule(
        "incident_has_loop",
        "Every accepted incident has exactly one loop, and they name each other.",
        """
        SELECT i.id, 'has no loop, or names another' FROM incidents i
        LEFT JOIN loop_traces t ON t.incident_id = i.id AND t.id = i.loop_trace_id
        WHERE t.id IS NULL AND MINE(i)
        """,
    ),
    Rule(
        "loop_begins_with_its_incident",
        "Every loop's history begins with the event of its incident.",
        """
        SELECT t.id, 'has no first event' FROM loop_traces t
        LEFT JOIN loop_events e ON e.trace_id = t.id AND e.position = 1
            AND e.stage = 'incident_created' AND e.attempt = 1 AND e.incident_id = t.incident_id
        WHERE e.id IS NULL AND MINE(t)
        """,
    ),
    Rule(
        "history_without_gaps",
        "The events of a loop are numbered from 1 without gaps.",
        """
        SELECT e.trace_id, format('has %%s events, the last is number %%s', count(*),
               max(e.position))
        FROM loop_events e WHERE MINE(e)
        GROUP BY e.trace_id HAVING count(*) <> max(e.position) OR min(e.position) <> 1
        """,
    ),
    Rule(
        "stages_in_order",
        "A stage follows the one before it, or is tried again.",
        """
        SELECT trace_id, format('goes from %%s to %%s', before, stage) FROM (
            SELECT e.trace_id, e.stage, e.status, e.created_at,
                   lag(e.stage) OVER w AS before, lag(e.status) OVER w AS ended,
                   lag(e.created_at) OVER w AS began, e.tenant_id
            FROM loop_events e WHERE MINE(e)
            WINDOW w AS (PARTITION BY e.trace_id ORDER BY e.position)
        ) h
        WHERE before IS NOT NULL AND NOT (
            created_at >= began AND (
                ended = 'done' AND (before, stage) IN (
                    ('incident_created', 'pattern_matched'),
                    ('pattern_matched', 'recovery_suggested'),
                    ('recovery_suggested', 'policy_generated'),
                    ('policy_generated', 'routing_adjusted')
                )
                OR ended = 'failed' AND stage = before
            )
        )
        """,
    ),
    Rule(
        "stage_done_once",
        "No stage of a loop took effect twice.",
        """
        SELECT e.trace_id, format('%%s was done %%s times', e.stage, count(*)) FROM loop_events e
        WHERE e.status = 'done' AND MINE(e)
        GROUP BY e.trace_id, e.stage HAVING count(*) > 1
        """,
    ),
    Rule(
        "one_open_event",
        "Only the last event of a loop is open, and only while the loop runs or waits.",
        """
        SELECT t.id, format('is %%s with %%s open events', t.outcome, count(e.id))
        FROM loop_traces t
        LEFT JOIN loop_events e ON e.trace_id = t.id AND e.status IN ('claimed', 'blocked')
        WHERE MINE(t)
        GROUP BY t.id HAVING count(e.id) <>
            CASE WHEN t.outcome IN ('running', 'waiting') THEN 1 ELSE 0 END
        """,
    ),
    Rule(
        "loop_stands_where_its_history_ends",
        "A loop stands at the stage and attempt of its last event, or is complete.",
        """
        SELECT t.id, format('stands at %%s #%%s, its last event is %%s #%%s %%s',
               t.current_stage, t.attempt, e.stage, e.attempt, e.status)
        FROM loop_traces t
        CROSS JOIN LATERAL (
            SELECT stage, attempt, status FROM loop_events
            WHERE trace_id = t.id ORDER BY position DESC LIMIT 1
        ) e
        WHERE MINE(t) AND NOT CASE
            WHEN t.is_complete THEN
                t.current_stage = 'loop_complete' AND e.stage = 'routing_adjusted'
                AND e.status = 'done'
            WHEN t.failure_state = 'reverted' THEN true
            ELSE t.current_stage = e.stage AND t.attempt = e.attempt AND e.status = CASE t.outcome
                WHEN 'running' THEN CASE WHEN e.status = 'blocked' THEN 'blocked' ELSE 'claimed' END
                WHEN 'waiting' THEN 'blocked' ELSE 'failed' END
        END
        """,
    ),
    Rule(
        "stages_equal_events",
        "The stages a loop counts as completed are those whose event is done.",
        """
        SELECT t.id, format('counts %%s, events say %%s', t.stages -> 'completed', e.done)
        FROM loop_traces t
        LEFT JOIN LATERAL (
            SELECT coalesce(jsonb_agg(stage ORDER BY position), '[]') AS done
            FROM loop_events WHERE trace_id = t.id AND status = 'done'
        ) e ON true
        WHERE t.stages -> 'completed' <> e.done AND MINE(t)
        """,
    ),
    Rule(
        "matched_once_stage_done",
        "An incident has its pattern exactly when its first stage is done.",
        """
        SELECT i.id, 'pattern and first stage disagree' FROM incidents i
        JOIN loop_events e ON e.incident_id = i.id AND e.stage = 'incident_created'
        WHERE MINE(i)
        GROUP BY i.id
        HAVING bool_or(e.status = 'done') <> bool_or(i.matched_pattern_id IS NOT NULL)
        """,
    ),
    Rule(
        "occurrences_equal_incidents",
        "A pattern has counted every incident that landed there, once.",
        """
        SELECT p.id, format('counts %%s, %%s incidents landed there', p.occurrence_count,
               coalesce(i.landed, 0))
        FROM failure_patterns p
        LEFT JOIN (
            SELECT matched_pattern_id, count(*) AS landed FROM incidents GROUP BY 1
        ) i ON i.matched_pattern_id = p.id
        WHERE p.occurrence_count <> coalesce(i.landed, 0) AND MINE(p)
        """,
    ),
    Rule(
        "recovery_once_stage_done",
        "A loop has a recovery exactly when its second stage is done.",
        """
        SELECT t.id, 'recovery and second stage disagree' FROM loop_traces t
        LEFT JOIN recovery_candidates r ON r.trace_id = t.id
        WHERE (t.stages -> 'completed' ? 'pattern_matched') <> (r.id IS NOT NULL)
          AND MINE(t)
        """,
    ),
    Rule(
        "confirmations_equal_rows",
        "A recovery has counted every person who agreed, once.",
        """
        SELECT r.id, format('counts %%s, %%s people agreed', r.confirmations_received, count(c.id))
        FROM recovery_candidates r LEFT JOIN recovery_confirmations c ON c.recovery_id = r.id
        WHERE MINE(r)
        GROUP BY r.id HAVING r.confirmations_received <> count(c.id)
        """,
    ),
    Rule(
        "loops_are_about_one_incident",
        "Everything in a loop is about the loop's incident.",
        """
        SELECT t.id, format('is about %%s, its %%s %%s about %%s', t.incident_id, r.kind, r.id,
               r.incident_id)
        FROM loop_traces t
        JOIN (
            SELECT 'event' AS kind, id, trace_id, incident_id FROM loop_events
            UNION ALL SELECT 'checkpoint', id, trace_id, incident_id FROM human_checkpoints
            UNION ALL SELECT 'recovery', id, trace_id, source_incident_id FROM recovery_candidates
        ) r ON r.trace_id = t.id AND r.incident_id <> t.incident_id
        WHERE MINE(t)
        """,
    ),
    Rule(
        "parts_share_their_tenant",
        "What belongs to a row belongs to its tenant.",
        """
        SELECT p.id, format('is of tenant %%s, its %%s of %%s', p.tenant_id, p.kind, p.other)
        FROM (
            SELECT f.id, f.tenant_id, 'key' AS kind, k.tenant_id AS other
            FROM failure_pattern_keys k JOIN failure_patterns f ON f.id = k.pattern_id
            UNION ALL SELECT c.id, c.tenant_id, 'decision', d.tenant_id
            FROM checkpoint_decisions d JOIN human_checkpoints c ON c.id = d.checkpoint_id
            UNION ALL SELECT r.id, r.tenant_id, 'confirmation', c.tenant_id
            FROM recovery_confirmations c JOIN recovery_candidates r ON r.id = c.recovery_id
            UNION ALL SELECT r.id, r.tenant_id, 'history', a.tenant_id
            FROM recovery_candidates_audit a JOIN recovery_candidates r ON r.id = a.candidate_id
            UNION ALL SELECT p.id, p.tenant_id, 'history', a.tenant_id
            FROM policy_activation_audit a JOIN policy_rules p ON p.id = a.policy_id
            UNION ALL SELECT p.id, p.tenant_id, 'routing change', a.tenant_id
            FROM routing_policy_adjustments a JOIN policy_rules p ON p.id = a.source_policy_id
        ) p
        WHERE p.other <> p.tenant_id AND MINE(p)
        """,
    ),
    Rule(
        "waits_at_a_checkpoint",
        "A loop waits exactly when it has open checkpoints, and lists those.",
        """
        SELECT t.id, format('lists %%s, open are %%s', t.pending_checkpoints, c.open)
        FROM loop_traces t
        LEFT JOIN LATERAL (
            SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') AS open FROM human_checkpoints
            WHERE trace_id = t.id AND resolved_at IS NULL
        ) c ON true
        WHERE (t.pending_checkpoints <> c.open OR t.is_blocked <> (c.open <> '[]'))
          AND MINE(t)
        """,
    ),
    Rule(
        "one_final_decision",
        "A checkpoint that a person resolved has one final decision, theirs.",
        """
        SELECT c.id, 'decision and resolution disagree' FROM human_checkpoints c
        LEFT JOIN checkpoint_decisions d ON d.checkpoint_id = c.id AND d.is_final
        WHERE (c.resolved_by_id, c.resolution) IS DISTINCT FROM (d.person_id, d.option)
          AND MINE(c)
        """,
    ),
    Rule(
        "decisions_are_audited",
        "Every decision has its audit row.",
        """
        SELECT d.checkpoint_id, format('%%s decisions, %%s audit rows', count(DISTINCT d.id),
               count(DISTINCT a.id))
        FROM checkpoint_decisions d
        LEFT JOIN audit_entries a
            ON a.object_type = 'human_checkpoints' AND a.object_id = d.checkpoint_id
        WHERE MINE(d)
        GROUP BY d.checkpoint_id HAVING count(DISTINCT d.id) <> count(DISTINCT a.id)
        """,
    ),
)


def violations(*, tenant_id: str | None = None) -> Iterator[Violation]:
    """Everything that breaks a rule, in one tenant or in all, as of one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for rule in RULES:
            cursor.execute(_MINE.sub(_OF_TENANT, rule.query), {"tenant": tenant_id})
            for object_id, detail in cursor.fetchall():
                yield Violation(rule, object_id, detail)
