"""What must hold between data sources and what is told of them."""

from typing import Final

from m25console.ledger import Rule

RULES: Final = (
    Rule(
        "source_status_is_audited",
        "A data source is in the state that its audit was last told.",
        """
        SELECT d.id, d.status FROM cus_data_sources d
        WHERE MINE(d) AND d.deleted_at IS NULL AND d.status <> (
            SELECT coalesce(a.after ->> 'status', '') FROM audit_entries a
            WHERE a.object_type = 'cus_data_sources' AND a.object_id = d.id
              AND a.after ? 'status'
            ORDER BY a.id DESC LIMIT 1)
        """,
    ),
    Rule(
        "source_check_is_its_tenants",
        "A look at a data source belongs to the tenant of the source.",
        """
        SELECT c.id::text, c.tenant_id FROM cus_data_source_checks c
        WHERE MINE(c) AND NOT EXISTS (
            SELECT FROM cus_data_sources d WHERE d.id = c.source_id AND d.tenant_id = c.tenant_id)
        """,
    ),
)
