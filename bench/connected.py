"""A tenant whose connections have been used for long: what each was called for, how each was found
and who read which key, written set by set."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from bench import spending
from integrations.actions import connectors, credentials, daily, mcp_servers
from integrations.actions.credentials import About
from integrations.domain.connectors import ConnectorType
from integrations.domain.states import Accessor, CredentialKind
from integrations.engine.connectors import registering
from integrations.models import McpTool
from m25console.access import Actor

CHUNK: Final = 50_000  # rows of a table in one statement
DAYS: Final = 90  # that the past lasts
SEALED: Final = 1_000  # events that connecting may have put into the chain before
APPROVED_EVERY: Final = 10  # one call of a tool in so many was approved by a person

_N: Final = (
    "FROM (SELECT n, now() - interval '10 minutes' - (%(last)s::bigint - n) * interval '7 seconds'"
    " AS at FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS past"
)
_LOOKS: Final = f"""
INSERT INTO cus_health_checks (tenant_id, integration_id, at, state, error, message, latency_ms,
    stages, by_person)
SELECT %(tenant)s, (%(integrations)s::text[])[1 + n %% %(many)s::bigint], at,
    CASE WHEN n %% 50 = 0 THEN 'failing' ELSE 'healthy' END,
    CASE WHEN n %% 50 = 0 THEN 'http_500' ELSE '' END, 'Answered in 400 ms.', 400 + n %% 300,
    '[{{"name": "dns", "is_good": true, "milliseconds": 3, "told": "one address"}}]', false {_N}
"""
_READS: Final = f"""
INSERT INTO cus_credential_accesses (tenant_id, credential_id, accessor, accessor_label, action,
    success, rule, error, at)
SELECT %(tenant)s, %(credential)s, 'system', 'health check', 'get', true, 'readers', '', at {_N}
"""
_ANSWERS: Final = f"""
INSERT INTO cus_enforcement_decisions (id, tenant_id, integration_id, result, would_be, degraded,
    enforces, fail_mode, rules, price_version, reasons, looked, wanted_cents, wanted_tokens, at)
SELECT 'enf_past' || to_hex(n), %(tenant)s, (%(integrations)s::text[])[1 + n %% %(many)s::bigint],
    (ARRAY['blocked', 'throttled', 'warned'])[1 + n %% 3],
    (ARRAY['blocked', 'throttled', 'warned'])[1 + n %% 3], false, true, 'open', 'LIMITS_V1', '',
    '[]', '[]', 2, 1200, at {_N}
"""
_CALLS: Final = f"""
INSERT INTO cus_connector_calls (id, tenant_id, connector_id, action, caller, outcome, sent,
    status_code, error_code, error, response_bytes, token_count, is_truncated, duration_ms, at)
SELECT 'cal_past' || to_hex(n), %(tenant)s, %(connector)s, 'find', 'agent-' || n %% 50, 'ok',
    '{{"method": "GET", "path": "/customers/7"}}', 200, '', '', 900, 200, false, 40, at {_N}
"""
_TOOL_CALLS: Final = f"""
INSERT INTO mcp_tool_invocations (id, tenant_id, server_id, tool_id, tool_name, tool_fingerprint,
    run_id, trace_id, actor_type, actor_id, actor_label, input_hash, input_preview, policy_id,
    policy_decision, policy_reason, approval_id, invoked_at, outcome, output_hash, error_code,
    error_message, duration_ms, attempts, completed_at, recorded_at)
SELECT 'inv_past' || to_hex(n), %(tenant)s, %(server)s, %(tool)s, 'list_rows', md5('tool'), '',
    '', 'machine', 'agent-' || n %% 50, 'agent-' || n %% 50, md5(n::text), '{{"table": "rows"}}',
    '', 'allowed', '', '', at, 'success', md5(n::text), '', '', 40, 1, at, at {_N}
"""
_SEALS: Final = f"""
INSERT INTO mcp_audit_events (tenant_id, number, event_id, type, at, server_id, tool_id, tool_name,
    invocation_id, run_id, actor, decision, policy_id, deny_reason, input_hash, output_hash, error,
    trace_id, metadata, previous_hash, integrity_hash)
SELECT %(tenant)s, n + {SEALED}, 'evt_past' || to_hex(n), 'tool_invocation_completed', at,
    %(server)s,
    %(tool)s, 'list_rows', 'inv_past' || to_hex(n), '', 'agent-' || n %% 50, 'allowed', '', '',
    md5(n::text), md5(n::text), '', '', '{{}}', md5((n - 1)::text), md5(n::text) {_N}
"""
_APPROVALS: Final = f"""
INSERT INTO mcp_approvals (id, tenant_id, server_id, tool_id, tool_name, tool_fingerprint,
    risk_level, input_hash, input_preview, run_id, actor_type, actor_id, actor_label, asked_at,
    status, reach, votes_needed, ends_at, decided_at, used_for)
SELECT 'apr_past' || to_hex(n), %(tenant)s, %(server)s, %(tool)s, 'list_rows', md5('tool'), 'high',
    md5(n::text), '{{"table": "rows"}}', '', 'machine', 'agent-' || n %% 50, 'agent-' || n %% 50,
    at, 'denied', 'call', 1, at + interval '1 hour', at, '' {_N}
WHERE n %% {APPROVED_EVERY} = 0
"""
PAST: Final = (_LOOKS, _READS, _ANSWERS, _CALLS, _TOOL_CALLS, _SEALS, _APPROVALS)


@dataclass(frozen=True)
class Connected:
    """A tenant's integrations, and of everything else it may connect to, one."""

    by: Actor
    integrations: list[str]
    credential: str
    connector: str
    server: str
    tool: str


def connect(by: Actor, *, now: datetime) -> Connected:
    """Everything there is to connect to, not used yet."""
    stored = credentials.store(
        kind=CredentialKind.API_KEY,
        secret={"api_key": "k-bench"},
        about=About(name="bench", readers=frozenset({Accessor.SYSTEM})),
        by=by,
        now=now,
    )
    reached = connectors.Wanted(
        name="bench", kind=ConnectorType.HTTP, config={"base_url": "https://api.example.com/v1"}
    )
    connector = registering.register(wanted=reached, by=by, now=now)
    listed = mcp_servers.Wanted(name="bench", url="https://tools.example.com/mcp")
    server = mcp_servers.register(wanted=listed, by=by, now=now)
    tool = McpTool.objects.create(
        tenant=by.tenant, server=server, name="list_rows", description="Lists rows.",
        input_schema={"type": "object"}, fingerprint="f" * 64, changed_at=now, discovered_at=now,
    )  # fmt: skip
    made = spending.connections(by, now=now)
    return Connected(by, made, stored.pk, connector.pk, server.pk, tool.pk)


def use(who: Connected, *, first: int, last: int) -> None:
    """Uses number `first` to `last` of each kind, and the sums of the days they fall on."""
    spending.spend(who.by.tenant, who.integrations, first=first, last=last)
    for start in range(first, last + 1, CHUNK):
        values: dict[str, Any] = {
            "tenant": who.by.tenant.pk, "integrations": who.integrations,
            "many": len(who.integrations), "credential": who.credential,
            "connector": who.connector, "server": who.server, "tool": who.tool,
            "first": start, "last": min(start + CHUNK - 1, last),
        }  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in PAST:
                cursor.execute(statement, values)
    now = timezone.now()
    for back in range(DAYS + 1):
        daily.sum_up((now - timedelta(days=back)).date(), now=now, tenant=who.by.tenant)


def addresses(who: Connected, *, number: int) -> Iterator[str]:
    """The pages of what was used, and those of use `number`."""
    for one in ("", "/usage", "/health"):
        yield f"/integrations/{who.integrations[0]}{one}"
    yield f"/credentials/{who.credential}"
    yield f"/connectors/{who.connector}"
    yield f"/mcp-servers/{who.server}"
    yield f"/mcp-tools/{who.tool}"
    yield f"/mcp/invocations/inv_past{number:x}"
    yield f"/mcp/approvals/apr_past{number:x}"
    yield f"/limits/decisions/enf_past{number:x}"
