"""Another tenant's object does not exist: checked for every address that names one.

Whoever adds an address with a parameter adds it to ROUTES; until then the first test fails.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from integrations.models import (
    Connector,
    ConnectorAction,
    ConnectorCall,
    Credential,
    DataSource,
    Integration,
    IntegrationKey,
    McpAllowance,
    McpApproval,
    McpAuditEvent,
    McpServer,
    McpTool,
    McpToolInvocation,
)
from loops.actions import audits, cannot_links, saved_views
from loops.engine import resuming
from loops.engine.announcing import announce
from loops.models import (
    Agent,
    AuditAck,
    AuditExpectation,
    AuditRun,
    BoundScope,
    BulkRun,
    CannotLink,
    Delegation,
    Delivery,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    Notification,
    NotificationChannel,
    PolicyConfirmation,
    PolicyException,
    PolicyRule,
    PolicyVersion,
    RecoveryCandidate,
    RecoveryExecution,
    RegretEvent,
    RoutingAdjustment,
)
from m25console.access import Actor
from m25console.models import ApiToken, Membership, Tenant
from m25console.vocabulary import Role, Scope
from tests import carrying, factories, notifying
from tests.integrations import building, calling, connecting, mcp_building, sourcing
from tests.machines import Machine, machine_of
from tests.standing import made_once

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Probe:
    """How to ask for an object by its address, as its owner would."""

    method: str = "GET"
    body: Mapping[str, Any] = field(default_factory=dict)
    refused: frozenset[int] = frozenset({404})  # what a stranger is answered
    for_machines: bool = False  # a token may, whatever the person who made it may do
    is_own: bool = False  # it is one person's, whatever their role
    for_viewers: bool = False  # every member may


READ = Probe()
HARM = {"regret_type": "perf", "severity": 1, "description": "Slow."}
CANARY = {"field": "agent_id", "operator": "equals", "value": "canary"}
EXCEPTED = {"condition": CANARY, "reason": "because", "expires_at": "2100-01-01T00:00:00Z"}
REWRITE = {
    "version": 1,
    "name": "Another",
    "condition": CANARY,
    "action": {"type": "warn"},
    "reason": "because",
}
MERGE = {"patterns": ["pat_1"], "reason": ""}
REVERT = {"reason": "it did harm", "confirm": True, "do": "revert"}
DECISION = {"resolution": "apply", "note": "", "contract_digest": ""}
ACK = {"domain": "logs", "action": "start_trace"}
PROMISE = {"expectations": [{"domain": "logs", "action": "complete_trace"}]}

CHANNEL = {
    "kind": "email",
    "name": "Mail",
    "address": "a@example.org",
    "events": ["asked"],
    "least_risk": 1,
}

INTEGRATION = {"name": "Another", "credential_ref": "keep", "then": "save"}
RAISE = {"budget": "2000", "until": f"{timezone.now() + timedelta(days=7):%Y-%m-%d}", "reason": "w"}
CREDENTIAL = {"name": "Another", "readers": ["system"]}
CONNECTOR = {"name": "Another", "config_base_url": "https://api.example.com"}
SOURCE = {"name": "Another", "then": "save"}
APPROVAL = {"version": 2, "verdict": "approved", "reason": "because"}

# Addresses as Django's resolver writes them.
ROUTES: dict[str, list[Probe]] = {
    "integrations/<slug:integration_id>": [READ],
    "integrations/<slug:integration_id>/edit": [READ, Probe("POST", INTEGRATION)],
    "integrations/<slug:integration_id>/usage": [READ],
    "integrations/<slug:integration_id>/health": [READ],
    "integrations/<slug:integration_id>/test": [Probe("POST")],
    "integrations/<slug:integration_id>/enable": [Probe("POST")],
    "integrations/<slug:integration_id>/disable": [Probe("POST")],
    "integrations/<slug:integration_id>/delete": [Probe("POST")],
    "integrations/<slug:integration_id>/keys": [Probe("POST")],
    "integrations/<slug:integration_id>/limits": [READ],
    "integrations/<slug:integration_id>/enforce": [Probe("POST")],
    "integrations/<slug:integration_id>/observe": [Probe("POST")],
    "integrations/<slug:integration_id>/raise": [Probe("POST", RAISE)],
    "integrations/<slug:integration_id>/raise/end": [Probe("POST")],
    "limits/decisions/<slug:enforcement_id>": [READ],
    "prices/<slug:price_id>/end": [Probe("POST")],
    "api/v1/enforcement/decisions/<enforcement_id>": [READ],
    "integration-keys/<int:key_number>/revoke": [Probe("POST")],
    "mcp/invocations/<slug:invocation_id>": [READ],
    "mcp/approvals/<slug:approval_id>": [READ, Probe("POST", {"reason": "x", "then": "deny"})],
    "mcp/approvals/<slug:approval_id>/withdraw": [Probe("POST", {"withdraw-reason": "x"})],
    "mcp-tools/<slug:tool_id>/call": [READ],
    "mcp-tools/<slug:tool_id>/allow": [Probe("POST", {"then": "withdraw"})],
    "credentials/<slug:credential_id>": [READ, Probe("POST", CREDENTIAL)],
    "credentials/<slug:credential_id>/rotate": [Probe("POST", {"api_key": "another"})],
    "credentials/<slug:credential_id>/delete": [Probe("POST")],
    "connectors/<slug:connector_id>": [READ],
    "connectors/<slug:connector_id>/edit": [READ, Probe("POST", CONNECTOR)],
    "connectors/<slug:connector_id>/test": [Probe("POST")],
    "connectors/<slug:connector_id>/switch": [Probe("POST", {"to": "disconnected"})],
    "connectors/<slug:connector_id>/delete": [Probe("POST")],
    "connectors/<slug:connector_id>/try": [READ, Probe("POST", {"then": "show"})],
    "connectors/<slug:connector_id>/actions/new": [READ, Probe("POST", {"name": "another"})],
    "connectors/<slug:connector_id>/actions/<slug:action_name>": [READ, Probe("POST")],
    "connectors/<slug:connector_id>/actions/<slug:action_name>/delete": [Probe("POST")],
    "api/v1/connectors/<connector_id>": [READ, Probe("PUT", {"name": "Another"}), Probe("DELETE")],
    "api/v1/connectors/<connector_id>/test": [Probe("POST")],
    "api/v1/connectors/<connector_id>/actions": [READ],
    "api/v1/connectors/<connector_id>/actions/<action_name>": [
        Probe("PUT", {"method": "GET", "path": "/"}),
        Probe("DELETE"),
    ],
    "api/v1/connectors/<connector_id>/invoke": [Probe("POST", {"action": "find", "dry_run": True})],
    "mcp-servers/<slug:server_id>": [READ],
    "mcp-servers/<slug:server_id>/edit": [READ, Probe("POST", {"name": "Another"})],
    "mcp-servers/<slug:server_id>/discover": [Probe("POST")],
    "mcp-servers/<slug:server_id>/check": [Probe("POST")],
    "mcp-tools/<slug:tool_id>": [READ, Probe("POST", {"risk_level": "high"})],
    "mcp-tools/<slug:tool_id>/decide": [Probe("POST", APPROVAL)],
    "mcp-tools/<slug:tool_id>/enable": [Probe("POST")],
    "mcp-tools/<slug:tool_id>/disable": [Probe("POST")],
    "mcp-servers/<slug:server_id>/disable": [Probe("POST")],
    "api/v1/integrations/mcp-servers/<server_id>": [
        READ,
        Probe("PATCH", {"name": "Another"}),
        Probe("DELETE"),
    ],
    "api/v1/integrations/mcp-servers/<server_id>/discover": [Probe("POST")],
    "api/v1/integrations/mcp-servers/<server_id>/health": [Probe("POST")],
    "api/v1/integrations/mcp-servers/<server_id>/tools": [READ],
    "api/v1/integrations/mcp-servers/<server_id>/tools/<tool_id>": [
        Probe("PATCH", {"enabled": False})
    ],
    "api/v1/integrations/mcp-servers/<server_id>/tools/<tool_id>/decision": [
        Probe("POST", APPROVAL)
    ],
    "api/v1/integrations/<integration_id>": [
        READ,
        Probe("PUT", {"name": "Another"}),
        Probe("PATCH", {"name": "Another"}),
        Probe("DELETE"),
    ],
    "api/v1/integrations/<integration_id>/enable": [Probe("POST")],
    "api/v1/integrations/<integration_id>/disable": [Probe("POST")],
    "api/v1/integrations/<integration_id>/health": [READ],
    "api/v1/integrations/<integration_id>/test": [Probe("POST")],
    "api/v1/integrations/<integration_id>/limits": [READ],
    "api/v1/integrations/<integration_id>/keys": [Probe("POST")],
    "api/v1/integrations/mcp-servers/<server_id>/invocations": [READ],
    "api/v1/integrations/mcp-servers/<server_id>/tools/<tool_id>/invoke": [
        Probe("POST", {"input": {}}, for_machines=True)
    ],
    "api/v1/integrations/mcp-approvals/<approval_id>": [READ],
    "api/v1/credentials/<credential_id>": [READ, Probe("PUT", CREDENTIAL), Probe("DELETE")],
    "api/v1/credentials/<credential_id>/rotate": [Probe("POST", {"secret": {"api_key": "x"}})],
    "api/v1/prices/<price_id>/end": [Probe("POST")],
    "api/v1/integrations/<integration_id>/limits/enforce": [Probe("POST")],
    "api/v1/integrations/<integration_id>/limits/observe": [Probe("POST")],
    "api/v1/integrations/<integration_id>/limits/raise": [
        Probe("PUT", {"until": "2026-01-01T00:00:00Z", "reason": "Why."}),
        Probe("DELETE"),
    ],
    "data-sources/<slug:source_id>": [READ],
    "data-sources/<slug:source_id>/edit": [READ, Probe("POST", SOURCE)],
    "data-sources/<slug:source_id>/test": [Probe("POST")],
    "data-sources/<slug:source_id>/activate": [Probe("POST")],
    "data-sources/<slug:source_id>/deactivate": [Probe("POST")],
    "data-sources/<slug:source_id>/deprecate": [Probe("POST")],
    "data-sources/<slug:source_id>/delete": [Probe("POST")],
    "api/v1/datasources/<source_id>": [
        READ,
        Probe("PUT", {"name": "Another"}),
        Probe("DELETE"),
    ],
    "api/v1/datasources/<source_id>/test": [Probe("POST")],
    "api/v1/datasources/<source_id>/activate": [Probe("POST")],
    "api/v1/datasources/<source_id>/deactivate": [Probe("POST")],
    "api/v1/datasources/<source_id>/deprecate": [Probe("POST")],
    "api/v1/datasources/<source_id>/tags": [Probe("POST", {"tag": "another"})],
    "api/v1/datasources/<source_id>/tags/remove": [Probe("POST", {"tag": "another"})],
    "api/v1/datasources/<source_id>/roles": [Probe("POST", {"role": "admin"})],
    "api/v1/datasources/<source_id>/roles/remove": [Probe("POST", {"role": "admin"})],
    "notifications/<int:notification_number>/read": [Probe("POST", is_own=True)],
    "settings/deliveries/<slug:delivery_id>/retry": [Probe("POST")],
    "channels/<slug:channel_id>": [READ, Probe("POST", CHANNEL)],
    "channels/<slug:channel_id>/test": [Probe("POST")],
    "channels/<slug:channel_id>/secret": [Probe("POST")],
    "channels/<slug:channel_id>/retry": [Probe("POST")],
    "channels/<slug:channel_id>/remove": [Probe("POST")],
    "api/v1/notifications/<notification_id>/read": [Probe("POST")],
    "api/v1/notification-channels/<channel_id>": [Probe("PUT", CHANNEL), Probe("DELETE")],
    "api/v1/notification-channels/<channel_id>/test": [Probe("POST")],
    "api/v1/notification-channels/<channel_id>/secret": [Probe("POST")],
    "api/v1/notification-channels/<channel_id>/retry": [Probe("POST")],
    "api/v1/deliveries/<delivery_id>/retry": [Probe("POST")],
    "recoveries/<slug:recovery_id>": [READ],
    "patterns/<slug:pattern_id>/remedy": [READ, Probe("POST", {"action_type": "retry"})],
    "api/v1/recovery/candidates/<recovery_id>": [
        READ,
        Probe("PATCH", {"execution_status": "executing"}),
    ],
    "api/v1/recovery/candidates/<recovery_id>/decision": [Probe("POST", {"decision": "rejected"})],
    "api/v1/recovery/candidates/<recovery_id>/scope-test": [Probe("POST")],
    "api/v1/recovery/scopes/<scope_id>": [READ, Probe("DELETE")],
    "api/v1/patterns/<pattern_id>/template": [Probe("PUT", {"action_type": "retry"})],
    "api/v1/incidents/<incident_id>": [READ],
    "api/v1/loops/<loop_id>": [READ],
    "api/v1/loops/<loop_id>/events": [READ],
    "api/v1/loops/<loop_id>/narrative": [READ],
    "api/v1/loops/<loop_id>/retry": [Probe("POST", {"stage": "recovery_suggested"})],
    "api/v1/loops/<loop_id>/revert": [READ, Probe("POST", REVERT)],
    "api/v1/loops/<loop_id>/revert/ask": [Probe("POST", REVERT)],
    "checkpoints/views/<int:view_id>": [Probe("POST", {"name": "Ours"})],
    "checkpoints/views/<int:view_id>/delete": [Probe("POST")],
    "api/v1/saved-views/<view_id>": [Probe("PATCH", {"name": "Ours"}), Probe("DELETE")],
    "api/v1/checkpoints/<checkpoint_id>": [READ],
    "api/v1/checkpoints/<checkpoint_id>/resolve": [Probe("POST", DECISION)],
    "api/v1/checkpoints/<checkpoint_id>/claim": [Probe("POST", {})],
    "api/v1/checkpoints/<checkpoint_id>/release": [Probe("POST")],
    "api/v1/checkpoints/<checkpoint_id>/snooze": [
        Probe("POST", {"until": "2100-01-01T00:00:00Z"}),
        Probe("DELETE"),
    ],
    "api/v1/checkpoints/bulk/<bulk_number>": [READ],
    "api/v1/delegations/<delegation_id>": [Probe("DELETE")],
    "api/v1/checkpoints/<checkpoint_id>/comments": [
        READ,
        Probe("POST", {"text": "Why?"}, for_viewers=True),
    ],
    "api/v1/patterns/<pattern_id>": [READ],
    "api/v1/timeline/<incident_id>": [READ],
    "api/v1/timeline/<incident_id>/view": [Probe("POST")],
    "api/v1/evaluations/<evaluation_id>": [READ],
    "api/v1/evaluations/<evaluation_id>/outcome": [
        Probe("POST", {"label": "good"}, for_machines=True)
    ],
    "api/v1/prevention-records/<prevention_id>": [READ],
    "api/v1/policies/<policy_id>": [READ],
    "api/v1/policies/<policy_id>/versions": [READ],
    "api/v1/policies/<policy_id>/confirmations": [READ],
    "api/v1/policies/<policy_id>/activation-audit": [READ],
    "api/v1/policies/<policy_id>/confirm": [Probe("POST", {"note": "good"})],
    "api/v1/policies/<policy_id>/activate": [Probe("POST", {"override_reason": "because"})],
    "api/v1/policies/<policy_id>/disable": [Probe("POST", {"reason": "because"})],
    "api/v1/policies/<policy_id>/observe": [Probe("POST", {"reason": "because"})],
    "api/v1/policies/<policy_id>/modify": [Probe("POST", REWRITE)],
    "api/v1/policies/<policy_id>/propose": [Probe("POST")],
    "api/v1/policies/<policy_id>/exceptions": [READ, Probe("POST", EXCEPTED)],
    "api/v1/policies/<policy_id>/exceptions/<exception_id>/end": [Probe("POST")],
    "api/v1/runs/<run_id>": [READ],
    "api/v1/runs/<run_id>/expectations": [READ, Probe("POST", PROMISE, for_machines=True)],
    "api/v1/runs/<run_id>/acks": [READ, Probe("POST", ACK, for_machines=True)],
    "api/v1/runs/<run_id>/phase": [Probe("POST", {"phase": "FAILED"}, for_machines=True)],
    "api/v1/runs/<run_id>/close": [Probe("POST", {"outcome": "succeeded"}, for_machines=True)],
    "api/v1/runs/<run_id>/reconciliation": [READ],
    "runs/<int:number>": [READ],
    "api/v1/policies/<policy_id>/regret": [Probe("POST", {"severity": 1})],
    "api/v1/policies/<policy_id>/regrets": [READ],
    "api/v1/policies/<policy_id>/replay": [READ],
    "policies/<slug:policy_id>/replay": [READ],
    "preventions/<slug:prevention_id>": [READ],
    "evaluations/<slug:evaluation_id>": [READ],
    "policies/<slug:policy_id>": [READ, Probe("POST", {"act": "disable", "note": "because"})],
    "policies/<slug:policy_id>/edit": [READ, Probe("POST", {"name": "Another", "version": 1})],
    "policies/<slug:policy_id>/except": [READ, Probe("POST", {"hours": "1", "reason": "x"})],
    "policies/<slug:policy_id>/exceptions/<int:exception_id>/end": [Probe("POST")],
    "policies/<slug:policy_id>/regret": [READ, Probe("POST", HARM)],
    "evaluations/<slug:evaluation_id>/regret": [READ, Probe("POST", HARM)],
    "api/v1/agents/<path:agent_id>": [READ],
    # Every name has a weight; that of another tenant's agent says nothing of it.
    "api/v1/routing/<path:agent_id>": [Probe(refused=frozenset({200}))],
    "api/v1/adjustments/<adjustment_id>": [READ],
    "api/v1/adjustments/<adjustment_id>/rollback": [Probe("POST", {"reason": "because"})],
    "routing/agents/<int:agent_number>": [READ],
    "adjustments/<slug:adjustment_id>": [READ],
    "adjustments/<slug:adjustment_id>/rollback": [Probe("POST", {"reason": "because"})],
    "incidents/<slug:incident_id>": [READ],
    "incidents/<slug:incident_id>/timeline": [READ],
    "incidents/<slug:incident_id>/timeline/view": [Probe("POST")],
    "loops/<slug:loop_id>": [READ],
    "loops/<slug:loop_id>/retry": [Probe("POST", {"stage": "recovery_suggested"})],
    "loops/<slug:loop_id>/revert": [READ, Probe("POST", REVERT)],
    "patterns/<slug:pattern_id>": [READ],
    "patterns/<slug:pattern_id>/likeness": [READ],
    "patterns/<slug:pattern_id>/merge": [READ, Probe("POST", {"do": "apart", "reason": "x"})],
    "patterns/<slug:pattern_id>/unmerge": [READ, Probe("POST", {"reason": "because"})],
    "patterns/<slug:pattern_id>/split": [READ, Probe("POST", {"incident": "x", "reason": "y"})],
    "patterns/<slug:pattern_id>/apart/<int:link_id>/lift": [Probe("POST", {"reason": "because"})],
    "api/v1/patterns/<pattern_id>/merge": [READ, Probe("POST", MERGE)],
    "api/v1/patterns/<pattern_id>/unmerge": [Probe("POST", {"reason": "because"})],
    "api/v1/patterns/<pattern_id>/split": [Probe("POST", {"incidents": ["x"], "reason": "y"})],
    "api/v1/patterns/<pattern_id>/cannot-links": [Probe("POST", {"other": "x", "reason": ""})],
    "api/v1/cannot-links/<link_id>/lift": [Probe("POST", {"reason": "because"})],
    "checkpoints/<slug:checkpoint_id>/print": [READ],
    "checkpoints/<slug:checkpoint_id>": [READ, Probe("POST", DECISION)],
    "checkpoints/bulk/<int:bulk_number>": [READ],
    "checkpoints/groups/<slug:group_key>": [READ, Probe("POST", {"act": "approve"})],
    "settings/delegations/<int:delegation_id>/end": [Probe("POST")],
    "checkpoints/<slug:checkpoint_id>/claim": [Probe("POST")],
    "checkpoints/<slug:checkpoint_id>/release": [Probe("POST")],
    "checkpoints/<slug:checkpoint_id>/snooze": [Probe("POST", {"ends": "1h"})],
    "checkpoints/<slug:checkpoint_id>/wake": [Probe("POST")],
    "checkpoints/<slug:checkpoint_id>/undo": [Probe("POST")],
    "checkpoints/<slug:checkpoint_id>/comments": [
        Probe("POST", {"text": "Why?"}, for_viewers=True)
    ],
    "checkpoints/<slug:checkpoint_id>/seen/<int:decision_id>": [READ],
    "members/<int:membership_id>/role/": [Probe("POST", {"role": Role.VIEWER})],
    "members/<int:membership_id>/remove/": [Probe("POST")],
    "tokens/<slug:token_id>/revoke/": [Probe("POST")],
    # Platform staff enter any tenant; a tenant's own admin enters none, not even by its id.
    "tenant/<slug:tenant_id>/enter/": [Probe("POST", refused=frozenset({403, 404}))],
}
# Lists must not show, and searches must not find, another tenant's objects.
LISTS = [
    "integrations/configuration",
    "api/v1/integrations/configuration",
    "limits",
    "limits/decisions",
    "prices",
    "api/v1/enforcement/decisions",
    "mcp/invocations",
    "mcp/approvals",
    "mcp/audit",
    "integrations",
    "connectors",
    "api/v1/connectors",
    "usage",
    "credentials",
    "credentials/hygiene",
    "credentials/accesses",
    "data-sources",
    "api/v1/datasources",
    "mcp-servers",
    "mcp/drift",
    "api/v1/integrations/mcp-servers",
    "api/v1/integrations/mcp-registry/v0/servers",
    "api/v1/integrations/mcp-registry/v0.1/servers",
    "api/v1/integrations",
    "api/v1/integrations/list",
    "api/v1/credentials",
    "api/v1/prices",
    "api/v1/telemetry/usage-history",
    "api/v1/telemetry/daily-aggregates",
    "notifications",
    "account/notifications",
    "settings/notifications",
    "settings/deliveries",
    "api/v1/notifications",
    "api/v1/notification-channels",
    "api/v1/deliveries",
    "recoveries",
    "api/v1/recovery/candidates",
    "api/v1/incidents",
    "api/v1/loops",
    "api/v1/checkpoints",
    "api/v1/saved-views",
    "api/v1/delegations",
    "settings/delegations",
    "checkpoints/groups",
    "api/v1/patterns",
    "api/v1/cannot-links",
    "api/v1/policies",
    "api/v1/adjustments",
    "api/v1/evaluations",
    "api/v1/prevention-records",
    "api/v1/agents",
    "api/v1/graduation",
    "api/v1/graduation/history",
    "graduation",
    "graduation/dossier.json",
    "graduation/print",
    "incidents",
    "routing",
    "adjustments",
    "audit",
    "dashboards",
    "dashboards/learning",
    "dashboards/load",
    "loops",
    "patterns",
    "preventions",
    "evaluations",
    "policies",
    "checkpoints",
    "members/",
    "tokens/",
]
UNTOUCHED: list[type[Model]] = [
    Connector,
    ConnectorAction,
    ConnectorCall,
    McpAllowance,
    McpApproval,
    McpAuditEvent,
    McpToolInvocation,
    Credential,
    DataSource,
    Integration,
    IntegrationKey,
    McpServer,
    McpTool,
    Delivery,
    Notification,
    NotificationChannel,
    AuditAck,
    AuditExpectation,
    AuditRun,
    BoundScope,
    BulkRun,
    Delegation,
    CannotLink,
    FailurePattern,
    RecoveryExecution,
    RegretEvent,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    Membership,
    PolicyConfirmation,
    PolicyException,
    PolicyRule,
    PolicyVersion,
    RecoveryCandidate,
    RoutingAdjustment,
]


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        address = f"{prefix}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from addresses(one, address)
        else:
            yield address


def named_addresses() -> set[str]:
    """Every address with a parameter, but for the platform staff's administration."""
    found = {one for one in addresses(get_resolver()) if PARAMETER.search(one) or "(?P<" in one}
    return {one for one in found if not one.startswith("admin/")}


def test_every_address_that_names_an_object_is_listed_here():
    assert named_addresses() == set(ROUTES)


@dataclass(frozen=True)
class Party:
    """A tenant with something in it, and everyone who may act there."""

    tenant: Tenant
    browser: Client
    machine: Machine
    ids: Mapping[str, str]

    def ask(self, address: str, probe: Probe) -> HttpResponse:
        if address.startswith("api/v1/"):
            path = f"/{address.removeprefix('api/v1/')}"
            if probe.method == "GET":
                return self.machine.get(path)
            return self.machine.ask(probe.method, path, probe.body)
        if probe.method == "GET":
            return self.browser.get(f"/{address}")
        return self.browser.post(f"/{address}", probe.body)


def make_told(trace: LoopTrace, *, to: Actor) -> dict[str, str]:
    """What somebody was told of a loop's question, and a delivery of it that failed."""
    assert to.user is not None
    channel = notifying.make_channel(trace.tenant, by=to)
    announce(timezone.now())
    mine = Notification.objects.filter(tenant=trace.tenant, happening__checkpoint__trace=trace)
    mine.update(person=to.user)
    failed = Delivery.objects.filter(tenant=trace.tenant)
    failed.update(status="failed", finished_at=timezone.now(), next_try_at=None)
    return {
        "channel_id": channel.pk,
        "delivery_id": failed.latest("pk").pk,
        "notification_id": str(mine.latest("pk").pk),
        "notification_number": str(mine.latest("pk").pk),
    }


def told_apart(tenant: Tenant, admin: Actor) -> CannotLink:
    """A pair of patterns that the admin told apart."""
    one, other = (factories.make_pattern(tenant, error_type=kind).pk for kind in ("one", "other"))
    return cannot_links.tell_apart(
        pattern_id=one, other_id=other, reason="different", by=admin, now=timezone.now()
    )


def a_party() -> Party:
    tenant = factories.make_tenant()
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    machine = machine_of(tenant, scopes=Scope, decides_for=admin.user)
    assert admin.user is not None
    browser = Client(raise_request_exception=False)
    browser.force_login(admin.user)
    colleague = factories.make_actor(tenant)
    trace = factories.run_loop(tenant, error_type=f"timeout_{tenant.slug}")
    prevention = factories.prevent(tenant)
    agent = f"agent/{tenant.pk}"
    adjusted = factories.routed_loop(tenant, agent_id=agent, error_type=f"routed_{tenant.slug}")
    factories.tell_traffic(tenant, agent_id=agent, decisions=1, successes=1)
    run = audits.declare(run_id=f"run-{tenant.slug}", by=admin, now=timezone.now()).run
    question = factories.checkpoint_of(trace)
    resuming.resolve(
        checkpoint_id=question.pk, resolution="defer", note="", by=colleague, now=timezone.now()
    )
    ids = {
        **building.connected(admin, name=tenant.slug),
        **connecting.reached(admin, name=tenant.slug),
        **mcp_building.with_drift(admin, name=tenant.slug),
        **calling.furnished(admin, name=tenant.slug),
        **sourcing.registered(admin, name=tenant.slug),
        **make_told(trace, to=admin),
        "decision_id": str(question.decisions.get().pk),
        "agent_id": agent,
        "agent_number": str(Agent.objects.get(tenant=tenant, agent_id=agent).pk),
        "adjustment_id": RoutingAdjustment.objects.get(loop_trace=adjusted).pk,
        "evaluation_id": prevention.evaluation_id or "",
        "prevention_id": prevention.pk,
        "policy_id": prevention.policy_id,
        "exception_id": str(factories.make_exception(prevention.policy).pk),
        "loop_id": trace.pk,
        "recovery_id": RecoveryCandidate.objects.get(trace=trace).pk,
        "scope_id": carrying.make_scope(trace.incident).pk,
        "incident_id": trace.incident_id,
        "delegation_id": str(factories.make_delegation(colleague, to=admin).pk),
        "group_key": factories.make_group(tenant, by=admin),
        "bulk_number": str(factories.make_bulk_run(trace, by=colleague).pk),
        "checkpoint_id": question.pk,
        "pattern_id": Incident.objects.get(pk=trace.incident_id).matched_pattern_id,
        "link_id": str(told_apart(tenant, admin).pk),
        "membership_id": str(Membership.objects.get(user=colleague.user).pk),
        "token_id": ApiToken.objects.get(tenant=tenant).pk,
        "tenant_id": tenant.pk,
        "run_id": run.run_id,
        "number": str(run.pk),
        "view_id": str(
            saved_views.save(
                name=f"of {tenant.slug}", query="", is_shared=True, by=admin, now=timezone.now()
            ).pk
        ),
    }
    return Party(tenant, browser, machine, ids)


@pytest.fixture(scope="module")
def parties(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Party]]:
    """Made once for all tests, each of which takes back what it does to them."""
    yield from made_once(lambda: [a_party(), a_party()], django_db_blocker)


@pytest.fixture(scope="module")
def untouched(parties: list[Party], django_db_blocker: DjangoDbBlocker) -> list[Any]:
    """All that is stored of the parties as long as nobody did anything to them."""
    with django_db_blocker.unblock():
        return stored()


@pytest.fixture
def owner(parties: list[Party], db: None) -> Party:
    return parties[0]


@pytest.fixture
def stranger(parties: list[Party], db: None) -> Party:
    return parties[1]


def stored() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in UNTOUCHED]


PROBES = [(route, probe) for route, probes in ROUTES.items() for probe in probes]


@pytest.mark.parametrize(("route", "probe"), PROBES)
def test_a_stranger_is_told_that_there_is_no_such_thing(owner, stranger, untouched, route, probe):
    address = PARAMETER.sub(lambda found: owner.ids[found[1]], route)
    answer = stranger.ask(address, probe)
    assert answer.status_code in probe.refused
    assert owner.tenant.slug not in answer.text
    assert stored() == untouched
    assert not ApiToken.objects.filter(revoked_at__isnull=False).exists()


@pytest.mark.parametrize(("route", "probe"), PROBES)
def test_its_owner_finds_it_in_the_same_way(owner, route, probe):
    address = PARAMETER.sub(lambda found: owner.ids[found[1]], route)
    answer = owner.ask(address, probe)
    if route.startswith("tenant/"):
        assert answer.status_code in probe.refused
    else:
        assert answer.status_code in (200, 201, 204, 302, 303, 400, 409, 422), answer.text[:500]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_its_own_tenants_things_only(owner, stranger, path):
    answer = stranger.ask(path, READ)
    assert answer.status_code == 200
    found = [one for one in owner.ids.values() if not one.isdigit() and one in answer.text]
    assert found == []
    assert owner.tenant.slug not in answer.text


@pytest.mark.parametrize("path", ["api/v1/incidents", "incidents"])
def test_a_filter_by_another_tenants_object_finds_nothing(owner, stranger, path):
    answer = stranger.ask(path, READ)
    own = stranger.ids["incident_id"]
    assert own in answer.text
    query = {"pattern": owner.ids["pattern_id"]}
    if path.startswith("api/"):
        assert stranger.machine.get("/incidents", **query).json()["items"] == []
    else:
        assert owner.ids["incident_id"] not in stranger.browser.get("/incidents", query).text


def test_a_loop_is_not_found_by_another_tenants_incident(owner, stranger):
    assert owner.machine.get(f"/loops/{owner.ids['incident_id']}").status_code == 200
    assert stranger.machine.get(f"/loops/{owner.ids['incident_id']}").status_code == 404
    retry = {"stage": "recovery_suggested"}
    answer = stranger.machine.post(f"/loops/{owner.ids['incident_id']}/retry", retry)
    assert answer.status_code == 404


def test_a_cursor_of_another_tenant_shows_ones_own_things(owner, stranger):
    factories.run_loop(owner.tenant)
    cursor = owner.machine.get("/incidents", limit=1).json()["next_cursor"]
    items = stranger.machine.get("/incidents", cursor=cursor).json()["items"]
    own = Incident.objects.filter(tenant=stranger.tenant).values_list("pk", flat=True)
    assert {one["incident_id"] for one in items} <= set(own)
