"""What must hold between what was used and what is counted of it."""

from typing import Final

from integrations.engine import mcp_ledger, source_ledger
from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "usage_is_metered",
        "The meters of a month count every call that was reported for it, and nothing else.",
        """
        WITH counted AS (
            SELECT u.tenant_id, u.integration_id,
                   date_trunc('month', u.created_at AT TIME ZONE 'UTC')::date AS month,
                   sum(u.cost_cents) AS cents, sum(u.tokens_in::bigint + u.tokens_out) AS tokens,
                   count(*) AS calls
            FROM cus_llm_usage u WHERE MINE(u) GROUP BY 1, 2, 3
        ), metered AS (
            SELECT m.tenant_id, m.integration_id, m.month, sum(m.cents) AS cents,
                   sum(m.tokens) AS tokens, sum(m.calls) AS calls
            FROM cus_usage_meters m WHERE MINE(m) GROUP BY 1, 2, 3
        )
        SELECT integration_id, month::text
        FROM counted c FULL JOIN metered m USING (tenant_id, integration_id, month)
        WHERE (c.cents, c.tokens, c.calls) IS DISTINCT FROM (m.cents, m.tokens, m.calls)
        """,
    ),
    Rule(
        "limits_are_of_their_tenant",
        "A raise and a warning are of an integration of their own tenant.",
        """
        SELECT r.integration_id, r.tenant_id FROM (
            SELECT integration_id, tenant_id FROM cus_limit_raises
            UNION ALL SELECT integration_id, tenant_id FROM cus_limit_warnings
        ) r JOIN cus_integrations i ON i.id = r.integration_id
        WHERE MINE(r) AND i.tenant_id <> r.tenant_id
        """,
    ),
    Rule(
        "repricing_goes_on_from_what_was",
        "A call is repriced from what it cost until then, by a pass of its own tenant.",
        """
        SELECT r.usage_id, r.old_cents || ' ' || r.old_version
        FROM cus_usage_repricings r
        JOIN cus_llm_usage u ON u.id = r.usage_id
        JOIN cus_repricing_runs p ON p.id = r.run_id
        LEFT JOIN LATERAL (
            SELECT b.new_cents, b.new_version FROM cus_usage_repricings b
            WHERE b.usage_id = r.usage_id AND b.id < r.id ORDER BY b.id DESC LIMIT 1
        ) b ON true
        WHERE MINE(r) AND (
            u.tenant_id <> r.tenant_id OR p.tenant_id <> r.tenant_id
            OR u.created_at <> r.happened_at
            OR (r.old_cents, r.old_version) IS DISTINCT FROM
               (coalesce(b.new_cents, u.cost_cents), coalesce(b.new_version, u.price_version)))
        """,
    ),
    Rule(
        "usage_has_its_integration",
        "A call was made through an integration of its own tenant, even if that is deleted.",
        """
        SELECT u.id, u.integration_id FROM cus_llm_usage u
        WHERE MINE(u) AND NOT EXISTS (
            SELECT FROM cus_integrations i
            WHERE i.id = u.integration_id AND i.tenant_id = u.tenant_id)
        """,
    ),
    Rule(
        "integration_status_is_audited",
        "An integration is in the state that its audit was last told.",
        """
        SELECT i.id, i.status FROM cus_integrations i
        WHERE MINE(i) AND i.deleted_at IS NULL AND i.status <> (
            SELECT coalesce(a.after ->> 'status', '') FROM audit_entries a
            WHERE a.object_type = 'cus_integrations' AND a.object_id = i.id
              AND a.after ? 'status'
            ORDER BY a.id DESC LIMIT 1)
        """,
    ),
    Rule(
        "mcp_tool_is_its_tenants",
        "A tool belongs to the tenant of its server.",
        """
        SELECT t.id, t.tenant_id FROM mcp_tools t
        WHERE MINE(t) AND NOT EXISTS (
            SELECT FROM mcp_servers s WHERE s.id = t.server_id AND s.tenant_id = t.tenant_id)
        """,
    ),
    Rule(
        "mcp_tool_is_a_version_seen",
        "What a tool is now, and what was approved of it, are versions that were seen.",
        """
        SELECT t.id, t.version::text FROM mcp_tools t
        WHERE MINE(t) AND (
            NOT EXISTS (
                SELECT FROM mcp_tool_versions v WHERE v.tool_id = t.id AND v.number = t.version
                  AND v.tenant_id = t.tenant_id AND v.fingerprint = t.fingerprint)
            OR t.approved_version IS NOT NULL AND NOT EXISTS (
                SELECT FROM mcp_tool_versions v WHERE v.tool_id = t.id
                  AND v.number = t.approved_version AND v.fingerprint = t.approved_fingerprint))
        """,
    ),
    Rule(
        "no_secret_in_use_is_erased",
        "A secret that waits to be erased is no live credential's of its tenant.",
        """
        SELECT l.credential_id, l.store FROM cus_secrets_left l
        WHERE MINE(l) AND EXISTS (
            SELECT FROM cus_credentials c
            WHERE c.id = l.credential_id AND (c.deleted_at IS NULL OR c.tenant_id <> l.tenant_id))
        """,
    ),
    Rule(
        "secrets_left_are_erased",
        "A secret outside that no credential keeps is erased within a day.",
        """
        SELECT l.credential_id, l.store || ': ' || l.error FROM cus_secrets_left l
        WHERE MINE(l) AND l.created_at < now() - interval '1 day'
        """,
    ),
    Rule(
        "connector_rows_are_its_tenants",
        "An action and a call belong to the tenant of their connector.",
        """
        SELECT r.id, r.tenant_id FROM (
            SELECT a.id::text, a.tenant_id, a.connector_id FROM cus_connector_actions a
            WHERE MINE(a)
            UNION ALL
            SELECT l.id, l.tenant_id, l.connector_id FROM cus_connector_calls l WHERE MINE(l)
        ) r
        WHERE NOT EXISTS (
            SELECT FROM cus_connectors c WHERE c.id = r.connector_id AND c.tenant_id = r.tenant_id)
        """,
    ),
    *mcp_ledger.RULES,
    *source_ledger.RULES,
)
