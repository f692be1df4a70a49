"""History that cannot be rewritten."""

from django.db import migrations

from m25console.history import append_only

HISTORY = (
    "cus_llm_usage",
    "cus_usage_repricings",
    "cus_credential_accesses",
    "cus_connector_calls",
    "mcp_tool_versions",
    "mcp_tool_decisions",
    "mcp_tool_invocations",
    "mcp_audit_events",
    "mcp_approval_votes",
)


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_integrations")]
    operations = [append_only(table) for table in HISTORY]
