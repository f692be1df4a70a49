"""Rules about loops: their incidents, their events and the order of their stages."""

from typing import Final

from m25console.ledger import Rule

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
        "A stage follows the one before it, is tried again, or says that its loop was undone.",
        """
        SELECT trace_id, format('goes from %%s to %%s', before, stage) FROM (
            SELECT e.trace_id, e.stage, e.status, e.created_at, e.failure_state AS failure,
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
                OR (ended = 'failed' OR failure = 'reverted') AND stage = before
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
            WHEN t.is_complete OR t.failure_state = 'routing_kpi_regression' THEN
                t.current_stage = 'loop_complete' AND e.stage = 'routing_adjusted'
                AND e.status = 'done'
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
)
