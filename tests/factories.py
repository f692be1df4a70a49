"""Builders that use the product's own way in: a test builds only what it mentions."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from loops.actions import bulk, incidents, traffic
from loops.actions.bulk import Chosen, Said
from loops.actions.contracts import recovery_subject
from loops.actions.incidents import Receipt, Report
from loops.actions.policy_modes import change_mode
from loops.domain import conditions
from loops.domain.checkpoints import contract_digest
from loops.domain.incidents import body_hash, incident_from
from loops.domain.signature import normalised_signature
from loops.domain.states import (
    ActivationPath,
    BulkAct,
    Capability,
    GateKey,
    PolicyDecision,
    PolicyMode,
    PreventionOutcome,
    RegretType,
    Risk,
)
from loops.domain.traffic import TrafficRow
from loops.engine import dispatcher
from loops.engine.dispatcher import Advanced
from loops.engine.evaluating import Answer, evaluate
from loops.models import (
    BulkRun,
    CapabilityLockout,
    Delegation,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyEvaluation,
    PolicyException,
    PolicyRule,
    PreventionRecord,
    RecoveryCandidate,
    RegretEvent,
)
from loops.presenters.groups import groups_of
from m25console.access import Actor, system_actor
from m25console.models import Membership, Tenant, User
from m25console.vocabulary import Door, Role

_numbers = count(1)


def make_tenant(**fields: Any) -> Tenant:
    number = next(_numbers)
    return Tenant.objects.create(
        **{"slug": f"tenant-{number}", "name": f"Tenant {number}"} | fields
    )


def make_user(**fields: Any) -> User:
    defaults = {"username": f"person-{next(_numbers)}", "password": "a long enough password"}
    return User.objects.create_user(**defaults | fields)


def make_actor(tenant: Tenant, *, role: Role = Role.REVIEWER, user: User | None = None) -> Actor:
    """A person with a membership in the tenant, acting on a page."""
    person = user or make_user()
    Membership.objects.create(user=person, tenant=tenant, role=role)
    return Actor(tenant=tenant, user=person, role=role, door=Door.WEB, label=str(person))


def make_report(*, now: datetime | None = None, **document: Any) -> Report:
    moment = now or timezone.now()
    sent = {"error_type": "timeout"} | document
    return Report(incident_from(sent, now=moment), body_hash(sent))


def report(
    tenant: Tenant, *, times: int = 1, source: str = "tests", **document: Any
) -> list[Receipt]:
    """Report the same failure `times` times; nothing is advanced yet."""
    now = timezone.now()
    reports = [make_report(now=now, **document) for _ in range(times)]
    return incidents.report(tenant=tenant, source=source, reports=reports, now=now)


def advance(**settings: Any) -> Advanced:
    """Advance everything that is due, in this process."""
    moved = Advanced()
    while (batch := dispatcher.advance_due(**settings)).loops:
        moved += batch
    return moved


def run_loop(tenant: Tenant, **document: Any) -> LoopTrace:
    """Report one incident and advance its loop as far as it goes."""
    [receipt] = report(tenant, **document)
    advance()
    return LoopTrace.objects.get(pk=receipt.loop_id)


def run_loops(tenant: Tenant, *, times: int, **document: Any) -> list[LoopTrace]:
    """Report the same failure one after the other, each advanced before the next arrives."""
    return [run_loop(tenant, **document) for _ in range(times)]


def checkpoint_of(trace: LoopTrace) -> HumanCheckpoint:
    """The one checkpoint a loop waits at."""
    return HumanCheckpoint.objects.pending().get(trace=trace)


@transaction.atomic
def activate(policy: PolicyRule) -> PolicyRule:
    """Put a policy in force, as the loop does where it may: with its row of history."""
    change_mode(
        policy,
        to=PolicyMode.ACTIVE,
        path=ActivationPath.AUTO,
        now=timezone.now(),
        by=system_actor(policy.tenant),
    )
    return policy


def unlock(tenant: Tenant, capability: Capability) -> None:
    CapabilityLockout.objects.update_or_create(
        tenant=tenant,
        capability=capability,
        defaults={"requires_gate": GateKey.ALL, "is_unlocked": True},
    )


def routed_loop(tenant: Tenant, *, agent_id: str = "a1", **document: Any) -> LoopTrace:
    """A complete loop that changed an agent's weight: three incidents, a policy, and a fourth."""
    [*_, learned] = run_loops(tenant, times=3, agent_id=agent_id, **document)
    activate(PolicyRule.objects.get(source_incident=learned.incident_id))
    unlock(tenant, Capability.FULL_AUTO_ROUTING)
    return run_loop(tenant, agent_id=agent_id, **document)


def tell_traffic(
    tenant: Tenant,
    *,
    agent_id: str = "a1",
    decisions: int,
    successes: int,
    hour: datetime | None = None,
    **fields: Any,
) -> None:
    """What a sender reports of one agent and one hour, this one by default."""
    now = hour or timezone.now()
    row = TrafficRow(
        agent_id=agent_id, hour=now, decisions=decisions, successes=successes, **fields
    )
    traffic.report(tenant=tenant, report_id=f"report-{next(_numbers)}", rows=[row], now=now)


def make_pattern(tenant: Tenant, **fields: Any) -> FailurePattern:
    """A pattern known before its first incident, such as one somebody brought along."""
    described = {
        name: fields.pop(name)
        for name in ("error_type", "error_code", "agent_capability", "api_endpoint", "status_code")
        if name in fields
    }
    signature = normalised_signature(**{"error_type": "timeout"} | described)
    defaults = {
        "tenant": tenant,
        "pattern_type": "error",
        "error_type": signature.error_type,
        "signature": signature.as_json(),
        "signature_hash": signature.digest(),
        "signature_version": signature.version,
    }
    return FailurePattern.objects.create(**defaults | fields)


def make_policy(tenant: Tenant, **fields: Any) -> PolicyRule:
    """The policy that a failure which came three times led to, in shadow; `fields` are set on it.

    Give an `error_type` to have several of different patterns.
    """
    [*_, last] = run_loops(tenant, times=3, error_type=fields.pop("error_type", "timeout"))
    policy = PolicyRule.objects.get(source_incident=last.incident_id)
    if fields:
        PolicyRule.objects.filter(pk=policy.pk).update(**fields)
        policy.refresh_from_db()
    return policy


def make_prevention(policy: PolicyRule, **fields: Any) -> PreventionRecord:
    """A recurrence that this policy stopped, of the incident it came from unless told."""
    number = next(_numbers)
    defaults = {
        "tenant_id": policy.tenant_id,
        "policy": policy,
        "pattern_id": policy.source_pattern_id,
        "original_incident_id": policy.source_incident_id,
        "blocked_incident_id": f"inc_{number:016x}",
        "outcome": PreventionOutcome.PREVENTED,
        "signature_match_confidence": 0.95,
    }
    if fields.get("is_simulated"):
        return PreventionRecord.objects.create(id=f"prev_sim_{number:012x}", **defaults | fields)
    evaluation = PolicyEvaluation.objects.create(
        tenant_id=policy.tenant_id,
        features={"error_type": "timeout"},
        decision=PolicyDecision.BLOCK,
        policy=policy,
        book_version=1,
    )
    return PreventionRecord.objects.create(evaluation=evaluation, **defaults | fields)


def make_regret(policy: PolicyRule, **fields: Any) -> RegretEvent:
    """Harm that this policy did."""
    defaults = {
        "tenant_id": policy.tenant_id,
        "policy": policy,
        "regret_type": RegretType.FALSE_POSITIVE,
        "severity": 3,
        "reported_by": "a machine",
    }
    if fields.get("is_simulated"):
        defaults["id"] = f"regret_sim_{next(_numbers):012x}"
    return RegretEvent.objects.create(**defaults | fields)


def make_rule(tenant: Tenant, **fields: Any) -> PolicyRule:
    """A policy that somebody wrote: it blocks timeouts, and is active unless told otherwise."""
    now = timezone.now()
    defaults = {
        "tenant": tenant,
        "name": "Prevention: timeout",
        "rule_type": "operational",
        "conditions": conditions.equals("error_type", "timeout"),
        "actions": {"type": "block", "params": {"reason": "it would fail"}},
        "mode": "active",
        "mode_since": now - timedelta(hours=1),
        "activated_at": now - timedelta(hours=1),
        "created_at": now - timedelta(hours=2),
        "scope_id": tenant.pk,
        "source_type": "manual",
        "generation_confidence": 0.9,
        "confidence_version": "CONFIDENCE_V1",
    }
    return PolicyRule.objects.create(**defaults | fields)


def ask(tenant: Tenant, *, now: datetime | None = None, **document: Any) -> Answer:
    """Ask the tenant's policies about a request."""
    moment = now or timezone.now()
    request = incident_from({"error_type": "timeout"} | document, now=moment)
    return evaluate(request, tenant_id=tenant.pk, now=moment)


def prevent(tenant: Tenant, **document: Any) -> PreventionRecord:
    """A failure that a policy of its pattern has just stopped."""
    document = {"error_type": f"prevented_{next(_numbers)}"} | document
    trace = run_loop(tenant, **document)
    pattern = FailurePattern.objects.get(incidents=trace.incident_id)
    make_rule(
        tenant,
        conditions=conditions.equals("pattern_id", pattern.pk),
        source_pattern=pattern,
        source_incident_id=trace.incident_id,
    )
    record = ask(tenant, **document).prevention
    assert record is not None
    return record


def make_group(tenant: Tenant, *, by: Actor, times: int = 2) -> str:
    """The key of the group that so many equivalent questions make, all of one pattern."""
    alike = f"alike_{next(_numbers)}"
    loops = [run_loop(tenant, error_type=f"{alike}_{number}") for number in range(times)]
    pattern = Incident.objects.get(pk=loops[0].incident_id).matched_pattern
    for one in HumanCheckpoint.objects.filter(trace__in=[loop.pk for loop in loops]):
        Incident.objects.filter(pk=one.incident_id).update(matched_pattern=pattern)
        recovery = RecoveryCandidate.objects.get(pk=one.target_id)
        recovery.source_pattern = pattern
        recovery.save(update_fields=["source_pattern"])
        one.risk = Risk.LOW
        one.contract |= {"subject": recovery_subject(recovery)}
        one.contract_digest = contract_digest(one.contract)
        one.save(update_fields=["risk", "contract", "contract_digest"])
    return groups_of(by, now=timezone.now())[0].key


def make_bulk_run(trace: LoopTrace, *, by: Actor) -> BulkRun:
    """A run that claims what a loop waits at; nothing of it is done yet."""
    asked = checkpoint_of(trace)
    chosen = [Chosen(asked.pk, asked.contract_digest)]
    return bulk.begin(said=Said(BulkAct.CLAIM), chosen=chosen, by=by, now=timezone.now())


def make_delegation(delegator: Actor, *, to: Actor, **fields: Any) -> Delegation:
    """A delegation in force: for a day, from now on, `to` may decide for `delegator`."""
    now = timezone.now()
    defaults = {
        "tenant": delegator.tenant,
        "delegator": delegator.user,
        "delegate": to.user,
        "reason": "on leave",
        "starts_at": now,
        "ends_at": now + timedelta(days=1),
        "created_at": now,
    }
    return Delegation.objects.create(**defaults | fields)


def make_exception(policy: PolicyRule, **fields: Any) -> PolicyException:
    """An exception in force, of requests of an agent called canary."""
    now = timezone.now()
    defaults = {
        "tenant_id": policy.tenant_id,
        "policy": policy,
        "conditions": conditions.equals("agent_id", "canary"),
        "reason": "a load test",
        "created_by": make_user(),
        "created_at": now,
        "expires_at": now + timedelta(days=1),
    }
    return PolicyException.objects.create(**defaults | fields)
