"""Everything a batch of loops needs, read in a fixed number of queries whatever its size.

Locks are taken in one order: the loops, a share of the catalogue, its buckets, the agents. Whoever
holds a bucket may change its patterns and their policies, whoever holds an agent its routing; two
batches that share one wait for each other. Nobody merges or splits patterns meanwhile.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loops.actions import holding
from loops.actions.checkpoint_rules import DEFAULT, rules_by_tenant
from loops.domain.asking import Rules
from loops.domain.kpi import Reading
from loops.domain.states import (
    Capability,
    CheckpointType,
    EventStatus,
    Resolution,
    Stage,
)
from loops.engine import affected, candidates, remedies
from loops.engine.catalogue import Catalogue
from loops.engine.loop import Decided, Loop
from loops.engine.remedies import Remedies
from loops.engine.telling import decision_fact
from loops.models import (
    CapabilityLockout,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopEvent,
    LoopTrace,
    PolicyActivationAudit,
    PolicyRule,
    RecoveryCandidate,
    RecoveryExecution,
    RoutingAdjustment,
)

INCIDENT_FIELDS = (
    "tenant_id",
    "title",
    "severity",
    "error_type",
    "error_code",
    "error_message",
    "context",
    "affected_agent_id",
    "agent_capability",
    "api_endpoint",
    "status_code",
    "matched_pattern_id",
    "match_confidence",
    "match_confidence_band",
    "recurrence_signature",
    "signature_version",
    "started_at",
)


@dataclass
class Workset:
    """The state a batch works on, and what it adds to it."""

    loops: list[Loop]
    catalogue: Catalogue
    policies: dict[str, PolicyRule]  # live ones, by pattern id
    capabilities: Mapping[str, frozenset[Capability]]  # unlocked ones, by tenant id
    agents: Mapping[str, Sequence[str]]  # that an active policy is about, by its pattern's id
    standing: dict[tuple[str, str], list[RoutingAdjustment]]  # active, by tenant and agent id
    readings: Mapping[tuple[str, str], Reading]  # of the last day, by tenant and agent id
    remedies: Remedies
    asking: Mapping[str, Rules]  # how people want to be asked, by tenants that said so
    events: list[LoopEvent] = field(default_factory=list)
    recoveries: list[RecoveryCandidate] = field(default_factory=list)
    executions: list[RecoveryExecution] = field(default_factory=list)
    new_policies: list[PolicyRule] = field(default_factory=list)
    changed_policies: dict[str, PolicyRule] = field(default_factory=dict)
    adjustments: list[RoutingAdjustment] = field(default_factory=list)
    made_before: list[RoutingAdjustment] = field(default_factory=list)  # by loops near their end
    mode_changes: list[PolicyActivationAudit] = field(default_factory=list)
    checkpoints: list[HumanCheckpoint] = field(default_factory=list)
    changed_incidents: list[Incident] = field(default_factory=list)

    def rules(self, tenant_id: str) -> Rules:
        """How the tenant wants its people to be asked."""
        return self.asking.get(tenant_id, DEFAULT)

    def may(self, tenant_id: str, capability: Capability) -> bool:
        return capability in self.capabilities.get(tenant_id, frozenset())


def load(traces: Sequence[LoopTrace], *, now: datetime) -> Workset:
    """The workset of loops that the caller has claimed and locked in this transaction."""
    holding.share_catalogues({trace.tenant_id for trace in traces})
    loops = _loops(traces)
    _hold_buckets(loops)
    catalogue = _catalogue(loops)
    known = catalogue.ids()
    policies = {
        one.source_pattern_id or "": one
        for one in PolicyRule.objects.live().filter(source_pattern__in=known).locked()
    }
    agents = affected.agents_of(policies, now=now)
    standing = _standing(policies, agents)
    tenant_ids = {trace.tenant_id for trace in traces}
    return Workset(
        loops=loops,
        catalogue=catalogue,
        policies=policies,
        capabilities=_capabilities(tenant_ids),
        agents=agents,
        standing=standing,
        readings=affected.readings_of(_named(policies, agents), now=now),
        remedies=remedies.load(tenant_ids=tenant_ids, pattern_ids=known),
        made_before=_made_before(traces),
        asking=rules_by_tenant({trace.tenant_id for trace in traces}),
    )


def _loops(traces: Sequence[LoopTrace]) -> list[Loop]:
    """The loops with their rows: incident, open event, recovery and what people decided."""
    ids = [trace.pk for trace in traces]
    incidents = Incident.objects.only(*INCIDENT_FIELDS).in_bulk(
        [trace.incident_id for trace in traces]
    )
    unfinished = [EventStatus.CLAIMED, EventStatus.BLOCKED]
    open_events = LoopEvent.objects.filter(trace__in=ids, status__in=unfinished)
    events = {one.trace_id: one for one in open_events}
    begun = [one.trace_id for one in events.values() if one.stage != Stage.INCIDENT_CREATED]
    suggested = RecoveryCandidate.objects.filter(trace__in=begun).select_related("selected_action")
    recoveries = {one.trace_id: one for one in suggested.locked()}
    resolved = _resolved(begun)
    loops = [
        Loop(
            trace=trace,
            incident=incidents[trace.incident_id],
            event=events[trace.pk],
            recovery=recoveries.get(trace.pk),
            decisions=_decisions(trace, resolved[trace.pk]),
            answers=[decision_fact(one) for one in resolved[trace.pk] if one.resolved_by_id],
            is_first=trace.version == 1,
        )
        for trace in traces
    ]
    for loop in loops:
        if "pattern_id" in loop.payload:  # it may have been merged or split since
            loop.payload["pattern_id"] = loop.incident.matched_pattern_id
    return loops


def _decisions(
    trace: LoopTrace, resolved: Sequence[HumanCheckpoint]
) -> dict[CheckpointType, Decided]:
    """The latest answers at the stage where the loop stands."""
    return {
        CheckpointType(one.checkpoint_type): Decided(
            Resolution(one.resolution or ""), one.contract["subject"]
        )
        for one in resolved
        if one.stage == trace.current_stage and not one.auto_dismissed  # silence is no answer
    }


def _resolved(trace_ids: Sequence[str]) -> dict[str, list[HumanCheckpoint]]:
    found: dict[str, list[HumanCheckpoint]] = defaultdict(list)
    resolved = HumanCheckpoint.objects.resolved().filter(trace__in=trace_ids, holds_loop=True)
    for one in resolved.select_related("resolved_by").order_by("resolved_at", "pk"):
        found[one.trace_id].append(one)
    return found


def _hold_buckets(loops: Sequence[Loop]) -> None:
    """Wait for every bucket these incidents can match or be counted in, in the one order."""
    looked_up = {loop.traits.bucket for loop in loops}
    counted = candidates.buckets_of_heirs(looked_up)
    holding.hold("\x1f".join(bucket) for bucket in looked_up | counted)


def _catalogue(loops: Sequence[Loop]) -> Catalogue:
    """Candidates of the incidents still to be matched, and the patterns of the others."""
    fresh = [loop.traits for loop in loops if loop.stage is Stage.INCIDENT_CREATED]
    matched = {loop.payload["pattern_id"] for loop in loops if "pattern_id" in loop.payload}
    postings, wanted = candidates.of(fresh)
    known = list(FailurePattern.objects.filter(pk__in=matched | wanted))
    elsewhere = candidates.heirs_missing(known)
    heirs = FailurePattern.objects.filter(pk__in=elsewhere) if elsewhere else ()
    return Catalogue(known, postings, heirs)


def _capabilities(tenant_ids: set[str]) -> dict[str, frozenset[Capability]]:
    found: dict[str, set[Capability]] = defaultdict(set)
    for one in CapabilityLockout.objects.filter(tenant__in=tenant_ids, is_unlocked=True):
        found[one.tenant_id].add(Capability(one.capability))
    return {tenant_id: frozenset(unlocked) for tenant_id, unlocked in found.items()}


def _standing(
    policies: Mapping[str, PolicyRule], agents: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str], list[RoutingAdjustment]]:
    """The adjustments in force of those agents, whose sums are checked against the floor.

    A row that another batch is about to add cannot be locked, so the agents are.
    """
    named = _named(policies, agents)
    holding.hold("\x1f".join(["agent", *one]) for one in named)
    tenants, names = {one[0] for one in named}, {one[1] for one in named}
    found: dict[tuple[str, str], list[RoutingAdjustment]] = defaultdict(list)
    active = RoutingAdjustment.objects.active().filter(tenant__in=tenants, agent_id__in=names)
    for one in active.select_for_update(of=("self",)).order_by("pk"):
        found[one.tenant_id, one.agent_id].append(one)
    return found


def _named(
    policies: Mapping[str, PolicyRule], agents: Mapping[str, Sequence[str]]
) -> set[tuple[str, str]]:
    """Those agents with their tenants."""
    return {
        (policies[pattern_id].tenant_id, agent)
        for pattern_id, named in agents.items()
        for agent in named
    }


def _made_before(traces: Sequence[LoopTrace]) -> list[RoutingAdjustment]:
    """What loops whose story is still to be told did in an earlier batch."""
    ending = [trace.pk for trace in traces if trace.current_stage == Stage.ROUTING_ADJUSTED]
    return list(RoutingAdjustment.objects.filter(loop_trace__in=ending).order_by("pk"))
