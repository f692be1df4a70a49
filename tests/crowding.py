"""A tenant in which everything is attached to everything that a page shows, so many times over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import NoReturn

from django.test import Client
from django.utils import timezone

from loops.actions import audits, pattern_merges, proposals, reverts
from loops.domain.runtime_audit import START_TRACE
from loops.domain.states import (
    AckStatus,
    AdjustmentType,
    PolicyMode,
    Stage,
)
from loops.engine import dispatcher, graduating
from loops.models import (
    AuditAck,
    AuditRun,
    FailurePattern,
    LoopTrace,
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyPromise,
    PolicyRule,
    PolicyTally,
    PreventionRecord,
    RecoveryCandidate,
    RoutingAdjustment,
)
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import carrying, factories, governing, learned, notifying
from tests.integrations import building, calling, connecting, mcp_building, sourcing
from tests.test_tenant_isolation import Party, a_party


@dataclass(frozen=True)
class Crowd:
    """A signed-in admin, and by the name of an address's parameter one id for each state that the
    thing it names may be in."""

    browser: Client
    ids: Mapping[str, Sequence[str]]


def crowd(times: int) -> Crowd:
    """A tenant with `times` of everything that there can be several of."""
    party = a_party()
    tenant, admin = party.tenant, factories.make_actor(party.tenant, role=Role.ADMIN)
    policies = [_shadow(tenant, times), _active(party, times), _disabled(tenant, times)]
    loops = _loops(tenant, admin, times)
    patterns = [
        *(one.source_pattern_id for one in policies if one.source_pattern_id),
        _merged(tenant, admin),
    ]
    incidents = [one.incident_id for one in loops]
    incidents += [one.source_incident_id for one in policies if one.source_incident_id]
    runs = AuditRun.objects.filter(tenant=tenant, trace__in=loops)
    recoveries = RecoveryCandidate.objects.filter(trace__in=loops)
    _lists(party, admin, times)
    more = {
        "policy_id": [one.pk for one in policies],
        "loop_id": [one.pk for one in loops],
        "incident_id": incidents,
        "pattern_id": patterns,
        "number": [str(one.pk) for one in runs],
        "recovery_id": [one.pk for one in recoveries],
    }
    return Crowd(
        party.browser, {name: [one, *more.get(name, [])] for name, one in party.ids.items()}
    )


def _shadow(tenant: Tenant, times: int) -> PolicyRule:
    """A policy that a loop led to, with a past, and proposed."""
    policy = factories.make_policy(tenant, error_type=f"shadow_{tenant.slug}")
    for number in range(times):
        governing.rename(policy, name=f"Renamed {number}")
        policy.refresh_from_db()
    _live_through(policy, times)
    proposals.propose(
        policy_id=policy.pk, by=factories.make_actor(tenant, role=Role.ADMIN), now=timezone.now()
    )
    return policy


def _active(party: Party, times: int) -> PolicyRule:
    """The policy that stopped what the party tells of, with a promise."""
    policy = PolicyRule.objects.get(pk=party.ids["policy_id"])
    _live_through(policy, times)
    PolicyPromise.objects.create(
        tenant=policy.tenant, policy=policy, revision=policy.revision, window_days=30,
        evaluations=10, expected_rate=0.5, low=0.4, high=0.6, results={}, made_at=timezone.now(),
    )  # fmt: skip
    return policy


def _disabled(tenant: Tenant, times: int) -> PolicyRule:
    policy = factories.make_policy(tenant, error_type=f"off_{tenant.slug}", mode="disabled")
    _live_through(policy, times)
    return policy


def _live_through(policy: PolicyRule, times: int) -> None:
    """So many of all that can happen to a policy."""
    now = timezone.now()
    for number in range(times):
        person = factories.make_user()
        factories.make_exception(policy)
        factories.make_prevention(policy)
        factories.make_regret(policy)
        PolicyConfirmation.objects.create(
            tenant=policy.tenant, policy=policy, revision=policy.revision, reviewer=person, at=now
        )
        PolicyActivationAudit.objects.create(
            policy=policy, tenant=policy.tenant, source_pattern_id="", activated_at=now,
            confidence_at_activation=0.9, confidence_version="CONFIDENCE_V1",
            approval_path=f"human:{person.pk}", new_mode=PolicyMode.ACTIVE,
        )  # fmt: skip
        PolicyTally.objects.create(
            tenant=policy.tenant, policy=policy, mode=policy.mode, evaluations=2, matched=1,
            day=(now - timedelta(days=number + 1)).date(),
        )  # fmt: skip


def _loops(tenant: Tenant, admin: Actor, times: int) -> list[LoopTrace]:
    """One that changed a weight, one that failed, one whose recovery was applied, and one that was
    taken back; each pattern met so many times more."""
    kinds = [f"{kind}_{tenant.slug}" for kind in ("weighed", "failed", "applied", "reverted")]
    routed = factories.routed_loop(tenant, agent_id="crowded", error_type=kinds[0])
    failed = _failed(tenant, kinds[1])
    applied = carrying.applied(tenant, error_type=kinds[2]).trace
    reverted = factories.run_loop(tenant, error_type=kinds[3])
    reverts.revert(
        trace_id=reverted.pk, reason="harm", confirmed=True, by=admin, now=timezone.now()
    )
    for kind in kinds:
        factories.run_loops(tenant, times=times, error_type=kind, agent_id="crowded")
    _adjust(routed, times)
    for trace in (routed, applied):
        _acknowledge(trace, times)
        for _ in range(times):
            learned.view_of(trace.incident)
    return [routed, failed, applied, reverted]


def _lost(*_: object) -> NoReturn:
    raise ConnectionError("the pattern store went away")


def _failed(tenant: Tenant, kind: str) -> LoopTrace:
    [receipt] = factories.report(tenant, error_type=kind)
    dispatcher.advance_due(bridges={**dispatcher.BRIDGES, Stage.PATTERN_MATCHED: _lost})
    return LoopTrace.objects.get(pk=receipt.loop_id)


def _adjust(trace: LoopTrace, times: int) -> None:
    now = timezone.now()
    for number in range(times):
        RoutingAdjustment.objects.create(
            tenant=trace.tenant, agent_id="crowded", created_at=now,
            adjustment_type=AdjustmentType.CONFIDENCE_PENALTY, magnitude=Decimal("-0.01"),
            source_policy=trace.adjustments.earliest("pk").source_policy,
            expires_at=now + timedelta(days=7),
        )  # fmt: skip
        factories.tell_traffic(
            trace.tenant, agent_id="crowded", decisions=9, successes=8,
            hour=now - timedelta(hours=number),
        )  # fmt: skip


def _acknowledge(trace: LoopTrace, times: int) -> None:
    run = AuditRun.objects.get(trace=trace)
    for _ in range(times):
        AuditAck.objects.create(
            tenant=trace.tenant, run=run, domain=START_TRACE.domain, action=START_TRACE.action,
            status=AckStatus.SUCCESS,
        )  # fmt: skip


def _merged(tenant: Tenant, admin: Actor) -> str:
    """A pattern that was declared the same as another."""
    texts = (f"no seats left in {tenant.slug}", f"all places of {tenant.slug} are taken")
    source, heir = (
        FailurePattern.objects.get(incidents=factories.run_loop(tenant, message=told).incident_id)
        for told in texts
    )
    pattern_merges.merge(
        into=heir.pk, pattern_ids=[source.pk], reason="both full", by=admin, now=timezone.now()
    )
    return source.pk


def _lists(party: Party, admin: Actor, times: int) -> None:
    """So many of what only lists show, and the standing that all of it amounts to."""
    now = timezone.now()
    for number in range(times):
        member = factories.make_actor(party.tenant)
        if number:  # the party has one, and a tenant can have ten
            notifying.make_channel(party.tenant, by=admin, name=f"Channel {number}")
        notifying.make_channel(party.tenant, of=member)
        factories.make_delegation(member, to=admin)
        audits.declare(run_id=f"run-{party.tenant.slug}-{number}", by=admin, now=now)
        building.connected(admin, name=f"{party.tenant.slug} {number}", calls=times)
        connecting.reached(admin, name=f"{party.tenant.slug} {number}", calls=times)
        calling.furnished(admin, name=f"{party.tenant.slug} {number}", calls=times)
        sourcing.registered(admin, name=f"{party.tenant.slug} {number}", looks=times)
        mcp_building.with_drift(admin, name=f"{party.tenant.slug} {number}", tools=times)
    notifying.tell()
    learned.regret_of(
        PreventionRecord.objects.filter(tenant=party.tenant).earliest("pk").policy,
        was_auto_rolled_back=True,
    )
    graduating.evaluate(party.tenant, now=timezone.now())
