"""What must hold between calls of tools, the chain that tells of them, and what people said."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "mcp_chain_is_linked",
        "Every event of a tenant's chain follows the one before it.",
        """
        SELECT e.event_id, e.number::text FROM mcp_audit_events e
        LEFT JOIN mcp_audit_events p ON p.tenant_id = e.tenant_id AND p.number = e.number - 1
        WHERE MINE(e) AND e.previous_hash <> coalesce(p.integrity_hash, repeat('0', 64))
        """,
    ),
    Rule(
        "mcp_chain_ends_as_told",
        "A tenant's chain ends with the event that it is known to end with.",
        """
        SELECT c.tenant_id, c.number::text FROM mcp_chains c
        LEFT JOIN LATERAL (
            SELECT e.number, e.integrity_hash FROM mcp_audit_events e
            WHERE e.tenant_id = c.tenant_id ORDER BY e.number DESC LIMIT 1) l ON true
        WHERE MINE(c) AND (c.number <> coalesce(l.number, 0)
            OR c.last_hash <> coalesce(l.integrity_hash, repeat('0', 64)))
        """,
    ),
    Rule(
        "mcp_calls_end",
        "A call that was begun has ended, or is still under way.",
        """
        SELECT e.invocation_id, e.event_id FROM mcp_audit_events e
        WHERE MINE(e) AND e.type = 'tool_invocation_started'
          AND NOT EXISTS (
            SELECT FROM mcp_tool_invocations i
            WHERE i.id = e.invocation_id AND i.tenant_id = e.tenant_id)
          AND NOT EXISTS (
            SELECT FROM mcp_open_calls o
            WHERE o.id = e.invocation_id AND o.tenant_id = e.tenant_id)
        """,
    ),
    Rule(
        "mcp_calls_are_counted",
        "A tool counts every call of it that was made, and each that failed.",
        """
        SELECT t.id, t.invocation_count || ', ' || t.failure_count FROM mcp_tools t
        CROSS JOIN LATERAL (
            SELECT count(*) AS made, count(*) FILTER (WHERE i.outcome <> 'success') AS failed
            FROM mcp_tool_invocations i
            WHERE i.tenant_id = t.tenant_id AND i.tool_id = t.id
              AND i.policy_decision IN ('allowed', 'flagged')) c
        WHERE MINE(t) AND (t.invocation_count <> c.made OR t.failure_count <> c.failed)
        """,
    ),
    Rule(
        "mcp_last_failures_are_failures",
        "The call by which a tool is known to have failed last is one of its own that failed.",
        """
        SELECT t.id, t.last_failed_call FROM mcp_tools t
        WHERE MINE(t) AND t.last_failed_call <> '' AND NOT EXISTS (
            SELECT FROM mcp_tool_invocations i
            WHERE i.id = t.last_failed_call AND i.tenant_id = t.tenant_id AND i.tool_id = t.id
              AND i.outcome IN ('failure', 'timeout'))
        """,
    ),
    Rule(
        "mcp_approvals_are_used_once",
        "A yes to one call was used for one call of the same caller and arguments.",
        """
        SELECT a.id, a.used_for FROM mcp_approvals a
        WHERE MINE(a) AND a.status = 'used' AND NOT EXISTS (
            SELECT FROM mcp_tool_invocations i
            WHERE i.id = a.used_for AND i.tenant_id = a.tenant_id AND i.approval_id = a.id
              AND i.actor_id = a.actor_id AND i.input_hash = a.input_hash
            UNION ALL
            SELECT FROM mcp_open_calls o
            WHERE o.id = a.used_for AND o.tenant_id = a.tenant_id AND o.approval_id = a.id)
        """,
    ),
    Rule(
        "mcp_calls_are_their_tenants",
        "A call and a question are about a server of their own tenant.",
        """
        SELECT r.id, r.server_id FROM (
            SELECT i.id, i.tenant_id, i.server_id FROM mcp_tool_invocations i WHERE MINE(i)
            UNION ALL
            SELECT a.id, a.tenant_id, a.server_id FROM mcp_approvals a WHERE MINE(a)) r
        WHERE NOT EXISTS (
            SELECT FROM mcp_servers s WHERE s.id = r.server_id AND s.tenant_id = r.tenant_id)
        """,
    ),
    Rule(
        "mcp_approvals_have_their_votes",
        "What was approved has as many yes as it needs, and no no.",
        """
        SELECT a.id, a.status FROM mcp_approvals a
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE v.approves) AS yes,
                   count(*) FILTER (WHERE NOT v.approves) AS no
            FROM mcp_approval_votes v WHERE v.approval_id = a.id AND v.tenant_id = a.tenant_id) c
        WHERE MINE(a) AND a.status IN ('approved', 'used') AND (c.yes < a.votes_needed OR c.no > 0)
        """,
    ),
)
