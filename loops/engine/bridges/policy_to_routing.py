"""Bridge 4: should less traffic reach the agents that meet this failure?"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from loops.actions.contracts import routing_subject
from loops.domain import routing
from loops.domain.checkpoints import Routed, needed
from loops.domain.kpi import Reading
from loops.domain.states import (
    Capability,
    CheckpointType,
    FailureState,
    PolicyMode,
    PolicyScope,
    Resolution,
)
from loops.engine.loop import Loop, Outcome
from loops.engine.settings import loop_settings
from loops.engine.workset import Workset
from loops.models import PolicyRule, RoutingAdjustment
from loops.models.ids import new_adjustment_id

NOT_ASKED: Final = (
    "No change: this tenant asks nobody about routing, and its loop may not decide that alone."
)


def run(loop: Loop, work: Workset, now: datetime) -> Outcome:
    """Adjust routing for an active policy, within the floor; ask first where that is not earned."""
    rule = work.policies.get(loop.payload.get("pattern_id", ""))
    if rule is None or rule.pk != loop.payload.get("policy_id"):
        reason = loop.payload.get("no_policy", "There is no policy in force to act on.")
        return _skipped(reason)
    mode = PolicyMode(rule.mode)
    if not routing.adjusts(mode):
        return _unchanged(routing.NO_CHANGE[mode])
    agents = _agents(loop, work.agents.get(rule.source_pattern_id or "", ()))
    if not agents:
        return _unchanged("No change: no agent is known to have met this failure lately.")
    return _adjusted(loop, work, rule, agents, now)


def _agents(loop: Loop, met: Sequence[str]) -> list[str]:
    """The agents to adjust: once a person was asked, no other than those they were shown."""
    shown = [set(one.subject["agents"]) for one in loop.decisions.values()]
    return [agent for agent in met if all(agent in agents for agents in shown)]


def _adjusted(
    loop: Loop, work: Workset, rule: PolicyRule, agents: Sequence[str], now: datetime
) -> Outcome:
    wanted = _wanted(rule)
    refusals = {agent: _refusal(loop, work, agent, wanted, now) for agent in agents}
    free = [agent for agent, refusal in refusals.items() if refusal is None]
    told = [refusal.reason for refusal in refusals.values() if refusal]
    if loop.answer_to(CheckpointType.SIMULATE_ROUTING) is Resolution.CANCEL:
        return _skipped("A person cancelled the routing change.")
    if not free and loop.answer_to(CheckpointType.OVERRIDE_GUARDRAIL) is Resolution.RESPECT:
        return _unchanged(" ".join(told), FailureState.ROUTING_GUARDRAIL_BLOCKED)
    routed = Routed(
        policy_id=rule.pk,
        policy_name=rule.name,
        mode=PolicyMode(rule.mode),
        scope=PolicyScope(rule.scope_type),
        full_auto_routing=work.may(loop.trace.tenant_id, Capability.FULL_AUTO_ROUTING),
        agents=len(agents),
        floor_refusal=None if free else " ".join(told),
    )
    decided = [(loop.stage, kind) for kind in loop.decisions]
    need = needed(stage=loop.stage, subject=routed, decided=decided)
    if need:
        if not work.rules(loop.trace.tenant_id).asks(need.checkpoint_type):
            return _skipped(NOT_ASKED)
        return Outcome(need=need, result=routing_subject(rule, agents=agents, magnitude=wanted))
    made = [_adjust(loop, rule, agent, wanted, now) for agent in free or agents]
    return _changed(made, work, wanted, refused=told if free else [])


def _wanted(rule: PolicyRule) -> Decimal:
    return routing.clamp(
        routing.desired_magnitude(rule.actions.get("type", "")),
        max_delta=loop_settings().max_routing_delta,
    )


def _changed(
    made: Sequence[RoutingAdjustment], work: Workset, wanted: Decimal, *, refused: Sequence[str]
) -> Outcome:
    for one in made:
        reading = work.readings.get((one.tenant_id, one.agent_id), Reading())
        one.kpi_baseline, one.kpi_baseline_decisions = reading.share, reading.decisions
        work.adjustments.append(one)
        work.standing[one.tenant_id, one.agent_id].append(one)
    return Outcome(
        result={
            "change": True,
            "adjustments": [
                {"id": one.pk, "agent_id": one.agent_id, "kpi_baseline": one.kpi_baseline}
                for one in made
            ],
            "magnitude": wanted,
            "refused": refused,
        },
        carry={"adjustment_ids": [one.pk for one in made]},
    )


def _refusal(
    loop: Loop, work: Workset, agent: str, wanted: Decimal, now: datetime
) -> routing.FloorRefusal | None:
    standing = sum(
        (one.effective(now) for one in work.standing[loop.trace.tenant_id, agent]), Decimal(0)
    )
    return routing.floor_refusal(agent_id=agent, standing=standing, proposed=wanted)


def _adjust(
    loop: Loop, rule: PolicyRule, agent: str, wanted: Decimal, now: datetime
) -> RoutingAdjustment:
    planned = routing.new_adjustment(
        agent_id=agent,
        magnitude=wanted,
        reason=f'Policy "{rule.name}" after incident {loop.incident.pk}.',
        now=now,
        max_delta=loop_settings().max_routing_delta,
        capability=loop.incident.agent_capability,
    )
    return RoutingAdjustment(
        id=new_adjustment_id(),
        tenant_id=loop.trace.tenant_id,
        agent_id=agent,
        capability=planned.capability,
        adjustment_type=planned.adjustment_type,
        magnitude=planned.magnitude,
        reason=planned.reason,
        source_policy_id=rule.pk,
        loop_trace_id=loop.trace.pk,
        max_delta=planned.max_delta,
        decay_days=planned.decay_days,
        created_at=planned.created_at,
        expires_at=planned.expires_at,
    )


def _skipped(reason: str) -> Outcome:
    return _unchanged(reason, FailureState.ROUTING_ADJUSTMENT_SKIPPED)


def _unchanged(note: str, failure_state: FailureState | None = None) -> Outcome:
    return Outcome(
        result={"change": False, "note": note},
        carry={"routing_note": note},
        failure_state=failure_state,
    )
