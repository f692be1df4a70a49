"""What was learned, as files: patterns, policies, evaluations, preventions, regrets, routing."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from loops.models import (
    FailurePattern,
    PolicyEvaluation,
    PolicyRule,
    PreventionRecord,
    RegretEvent,
    RoutingAdjustment,
)
from loops.opinions import confirmations_told
from loops.presenters import adjustments, agents, evaluations, patterns, policies, preventions
from m25console.access import Actor
from m25console.exports import Column, Maker, Query, Table, field, listed
from m25console.keyset import Order

NEWEST: Final = Order()

PATTERN_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("error_type"),
    field("template", "template_text"),
    field("signature_version"),
    field("signature_hash"),
    field("occurrences", "occurrence_count"),
    field("first_seen_at", "created_at"),
    field("last_seen_at", "last_occurrence_at"),
)
POLICY_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("name"),
    field("mode"),
    field("mode_since"),
    field("revision"),
    Column("does", policies.does_words),
    Column("conditions", lambda row: json.dumps(row.conditions)),
    field("scope_type"),
    field("scope_id"),
    field("pattern_id", "source_pattern_id"),
    field("confidence", "generation_confidence"),
    Column("confirmations_received", confirmations_told),
    field("confirmations_required"),
    field("shadow_evaluations"),
    field("shadow_would_block"),
    field("preventions", "prevention_count"),
    field("regrets", "regret_count"),
    field("activated_at"),
    field("created_at"),
)
EVALUATION_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("decision"),
    field("policy_id"),
    field("revision"),
    field("pattern_id"),
    field("match_confidence"),
    field("agent", "agent_id"),
    field("run_id"),
    field("external_id"),
    field("label"),
    field("label_source"),
    Column("request", lambda row: json.dumps(row.features)),
    field("asked_at", "created_at"),
)
PREVENTION_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("outcome"),
    field("policy_id"),
    field("policy_name", "policy.name"),
    field("pattern_id"),
    field("evaluation_id"),
    field("original_incident_id"),
    field("blocked_incident_id"),
    field("external_id"),
    field("match_confidence", "signature_match_confidence"),
    field("policy_age_seconds"),
    field("is_simulated"),
    field("is_synthetic"),
    field("prevented_at", "created_at"),
)
REGRET_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("id"),
    field("type", "regret_type"),
    field("severity"),
    field("policy_id"),
    field("policy_name", "policy.name"),
    field("evaluation_id"),
    field("description"),
    field("affected_calls"),
    field("affected_users"),
    field("impact_seconds", "impact_duration_seconds"),
    field("disabled_the_policy", "was_auto_rolled_back"),
    field("reported_by"),
    field("is_simulated"),
    field("reported_at", "created_at"),
)
AGENT_COLUMNS: Final[Sequence[Column[Any]]] = (
    field("agent", "agent_id"),
    field("capability"),
    field("first_seen_at"),
    field("last_seen_at"),
)


def pattern_table(actor: Actor, query: Query, _now: datetime) -> Table[FailurePattern]:
    return listed(
        "patterns",
        FailurePattern.objects.for_tenant(actor.tenant).defer("message_template", "signature"),
        order=patterns.ORDERS[patterns.order_from(query)],
        columns=PATTERN_COLUMNS,
        filters=query,
    )


def policy_table(actor: Actor, query: Query, _now: datetime) -> Table[PolicyRule]:
    return listed(
        "policies",
        policies.wanted(actor, policies.filters_in(query)),
        order=policies.NEWEST_FIRST,
        columns=POLICY_COLUMNS,
        filters=query,
    )


def evaluation_table(actor: Actor, query: Query, _now: datetime) -> Table[PolicyEvaluation]:
    return listed(
        "evaluations",
        evaluations.filters_from(query).rows(actor.tenant).defer("matched"),
        order=evaluations.NEWEST,
        columns=EVALUATION_COLUMNS,
        filters=query,
    )


def prevention_table(actor: Actor, query: Query, _now: datetime) -> Table[PreventionRecord]:
    rows = preventions.filters_from(query).rows(actor.tenant).select_related("policy")
    return listed(
        "preventions",
        rows.defer("policy__conditions"),
        order=preventions.NEWEST,
        columns=PREVENTION_COLUMNS,
        filters=query,
    )


def regret_table(actor: Actor, query: Query, _now: datetime) -> Table[RegretEvent]:
    """Harm reported, of one policy or of all."""
    rows = RegretEvent.objects.for_tenant(actor.tenant).select_related("policy")
    policy = query.get("policy", "").replace("\0", "")[:64]
    return listed(
        "regrets",
        rows.filter(policy=policy) if policy else rows,
        order=NEWEST,
        columns=REGRET_COLUMNS,
        filters=query,
    )


def adjustment_table(actor: Actor, query: Query, now: datetime) -> Table[RoutingAdjustment]:
    rows = RoutingAdjustment.objects.for_tenant(actor.tenant)
    return listed(
        "adjustments",
        rows.in_state(adjustments.state_from(query)),
        order=adjustments.NEWEST,
        columns=[
            field("id"),
            field("agent", "agent_id"),
            field("capability"),
            Column("state", lambda row: row.state.value),
            field("planned_share", "magnitude"),
            Column("effective_share", lambda row: row.effective(now)),
            field("policy_id", "source_policy_id"),
            field("loop_id", "loop_trace_id"),
            field("reason"),
            field("success_share_before", "kpi_baseline"),
            field("success_share_since", "kpi_current"),
            field("decisions_since", "kpi_decisions"),
            field("created_at"),
            field("expires_at"),
            field("rolled_back_at"),
            field("rolled_back_by"),
            field("rollback_reason"),
        ],
        filters=query,
    )


def agent_table(actor: Actor, query: Query, now: datetime) -> Table[Any]:
    return listed(
        "agents",
        agents.wanted(actor.tenant, changed=agents.changed_in(query), now=now),
        order=agents.LATEST,
        columns=AGENT_COLUMNS,
        filters=query,
    )


TABLES: Final[Mapping[str, Maker]] = {
    "patterns": pattern_table,
    "policies": policy_table,
    "evaluations": evaluation_table,
    "preventions": prevention_table,
    "regrets": regret_table,
    "adjustments": adjustment_table,
    "agents": agent_table,
}
