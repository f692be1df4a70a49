"""Rules about routing: its floor, its ends, and the traffic it is judged by."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "routing_keeps_to_the_floor",
        "No change took its agent below the floor, unless a person crossed it.",
        """
        SELECT r.id, format('takes agent %%s to %%s', r.agent_id, before.standing + r.magnitude)
        FROM routing_policy_adjustments r
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(round(o.magnitude * CASE WHEN o.expires_at IS NULL THEN 1 ELSE
                extract(epoch FROM o.expires_at - r.created_at)
                / extract(epoch FROM o.expires_at - o.created_at) END, 3)), 0) AS standing
            FROM routing_policy_adjustments o
            WHERE o.tenant_id = r.tenant_id AND o.agent_id = r.agent_id
              AND (o.created_at, o.id) < (r.created_at, r.id)
              AND (o.expires_at IS NULL OR o.expires_at > r.created_at)
              AND (NOT o.was_rolled_back OR o.rolled_back_at > r.created_at)
        ) before
        WHERE r.magnitude < 0 AND before.standing + r.magnitude < -0.805 AND MINE(r)
          AND NOT EXISTS (
              SELECT FROM human_checkpoints c
              WHERE c.trace_id = r.loop_trace_id AND c.checkpoint_type = 'override_guardrail'
                AND c.resolution = 'override'
          )
        """,
    ),
    Rule(
        "routing_follows_active_policies",
        "A change of routing comes from a policy that was activated before.",
        """
        SELECT r.id, format('policy %%s was not active', r.source_policy_id)
        FROM routing_policy_adjustments r
        WHERE MINE(r) AND NOT EXISTS (
            SELECT FROM policy_activation_audit a
            WHERE a.policy_id = r.source_policy_id AND a.new_mode = 'active'
              AND a.activated_at <= r.created_at
        )
        """,
    ),
    Rule(
        "rollbacks_say_why",
        "A change that was taken back is inactive and says why.",
        """
        SELECT r.id, 'is active, or without a reason' FROM routing_policy_adjustments r
        WHERE r.was_rolled_back AND (r.is_active OR coalesce(trim(r.rollback_reason), '') = '')
          AND MINE(r)
        """,
    ),
    Rule(
        "routing_changes_end",
        "A change that has faded to nothing is ended within the hour.",
        """
        SELECT r.id, format('expired %%s', r.expires_at) FROM routing_policy_adjustments r
        WHERE r.is_active AND r.expires_at < now() - interval '1 hour' AND MINE(r)
        """,
    ),
    Rule(
        "regressions_were_taken_back",
        "A loop that failed for its agent's KPI is done otherwise, and its change was taken back.",
        """
        SELECT t.id, format('stands at %%s', t.current_stage) FROM loop_traces t
        WHERE t.failure_state = 'routing_kpi_regression' AND MINE(t) AND NOT (
            t.current_stage = 'loop_complete' AND EXISTS (
                SELECT FROM routing_policy_adjustments r
                WHERE r.loop_trace_id = t.id AND r.was_rolled_back
            )
        )
        """,
    ),
    Rule(
        "traffic_is_by_the_hour",
        "Traffic is summed by whole hours, and belongs to its agent's tenant.",
        """
        SELECT t.id::text, format('agent %%s at %%s', t.agent_id, t.hour) FROM agent_traffic t
        JOIN agents a ON a.id = t.agent_id
        WHERE (t.tenant_id <> a.tenant_id OR t.hour <> date_trunc('hour', t.hour, 'UTC')
               OR t.successes > t.decisions)
          AND MINE(t)
        """,
    ),
)
