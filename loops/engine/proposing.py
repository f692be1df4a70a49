"""Policies that have shown enough: people are asked about them, or they activate themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from loops.actions.policy_checks import check_askable, check_ready
from loops.actions.policy_modes import change_mode, dismiss_proposals, proposals_of
from loops.actions.proposals import ask_about, home_of
from loops.domain.confidence import WEAK
from loops.domain.states import ActivationPath, Capability, PolicyMode
from loops.models import CapabilityLockout, PolicyRule
from m25console.access import system_actor, verdict

BATCH: Final = 100  # policies in one run
OBSERVED_FOR: Final = timedelta(hours=24)  # in shadow without a request, then people look at it
OUTRUN: Final = "The policy moved on before this was decided."

_OUTRUN: Final = """
SELECT DISTINCT p.id FROM human_checkpoints c JOIN policy_rules p ON p.id = c.target_id
WHERE c.resolved_at IS NULL AND c.checkpoint_type = 'approve_policy'
  AND (p.mode IN ('active', 'disabled')
       OR (c.contract -> 'subject' ->> 'revision')::int <> p.revision)
ORDER BY p.id LIMIT %(batch)s
"""
# A policy that was sent back has got the next revision, and is asked about once it is edited.
_TO_PROPOSE: Final = """
SELECT p.id FROM policy_rules p
WHERE (p.mode = 'pending' OR p.mode = 'shadow'
       AND (p.shadow_evaluations > 0 OR p.mode_since <= %(observed)s))
  AND p.regret_count = 0 AND p.generation_confidence >= %(weak)s
  AND p.source_incident_id IS NOT NULL AND p.confirmations_received < p.confirmations_required
  AND NOT EXISTS (
      SELECT FROM human_checkpoints c
      WHERE c.tenant_id = p.tenant_id AND c.trace_id = (
              SELECT t.id FROM loop_traces t WHERE t.incident_id = p.source_incident_id)
        AND c.checkpoint_type = 'approve_policy' AND c.target_id = p.id
        AND (c.resolved_at IS NULL OR c.created_at >= p.mode_since
             AND (c.contract -> 'subject' ->> 'revision')::int
                 + CASE c.resolution WHEN 'modify' THEN 1 ELSE 0 END = p.revision))
ORDER BY p.created_at, p.id LIMIT %(batch)s
"""
# What was enforced once comes back by a person's hand only.
_EARNED: Final = """
SELECT p.id FROM policy_rules p
WHERE p.mode IN ('shadow', 'pending') AND p.activated_at IS NULL
  AND p.regret_count = 0 AND p.generation_confidence >= %(weak)s
  AND (p.confirmations_received >= p.confirmations_required
       OR p.shadow_evaluations > 0 AND EXISTS (
          SELECT FROM capability_lockouts l
          WHERE l.tenant_id = p.tenant_id AND l.capability = %(capability)s AND l.is_unlocked))
ORDER BY p.created_at, p.id LIMIT %(batch)s
"""


def propose_policies(now: datetime) -> dict[str, Any]:
    """Ask reviewers about policies that are ready for them; close questions they have outrun.

    Ready are pending ones, and those in shadow that judged a request or observed for a day. A
    policy is asked about once per revision and stay in its mode.
    """
    closed = [_close(one, now=now) for one in _ids(_OUTRUN, now)]
    asked = [_propose(one, now=now) for one in _ids(_TO_PROPOSE, now)]
    return {"proposed": sum(asked), "closed": sum(closed)}


def activate_earned(now: datetime) -> dict[str, Any]:
    """Activate policies that may activate themselves, and confirmed ones that could not before.

    The first needs the tenant's capability to activate policies, and a record in shadow.
    """
    return {"activated": sum(_activate(one, now=now) for one in _ids(_EARNED, now))}


def _ids(query: str, now: datetime) -> Sequence[str]:
    values: dict[str, int | float | datetime | str] = {
        "batch": BATCH,
        "observed": now - OBSERVED_FOR,
        "weak": WEAK,
        "capability": Capability.AUTO_ACTIVATE_POLICY.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _propose(policy_id: str, *, now: datetime) -> bool:
    trace = home_of(PolicyRule.objects.get(pk=policy_id))
    policy = PolicyRule.objects.locked().get(pk=policy_id)
    is_asked = proposals_of(policy).exists()
    if trace is None or not verdict(check_askable, policy, is_asked=is_asked).allowed:
        return False
    ask_about(policy, trace=trace, now=now)
    return True


@transaction.atomic
def _close(policy_id: str, *, now: datetime) -> int:
    return dismiss_proposals(PolicyRule.objects.get(pk=policy_id), note=OUTRUN, now=now)


@transaction.atomic
def _activate(policy_id: str, *, now: datetime) -> bool:
    """Whether the policy has still earned it, under its lock and the capability's."""
    tenant_id = PolicyRule.objects.values_list("tenant_id", flat=True).get(pk=policy_id)
    # Held until the commit: a capability that is lost meanwhile finds this policy active.
    unlocked = CapabilityLockout.objects.filter(
        tenant=tenant_id, capability=Capability.AUTO_ACTIVATE_POLICY, is_unlocked=True
    ).select_for_update()
    may = bool(unlocked)
    policy = PolicyRule.objects.select_related("tenant").locked().get(pk=policy_id)
    confirmed = policy.confirmations_received >= policy.confirmations_required
    earned = confirmed or (may and policy.shadow_evaluations > 0)
    waits = policy.mode in (PolicyMode.SHADOW, PolicyMode.PENDING) and policy.activated_at is None
    if not (earned and waits and verdict(check_ready, policy).allowed):
        return False
    change_mode(
        policy,
        to=PolicyMode.ACTIVE,
        path=ActivationPath.THRESHOLD if confirmed else ActivationPath.AUTO,
        now=now,
        by=system_actor(policy.tenant, label="the console"),
        note="" if confirmed else _record(policy),
    )
    return True


def _record(policy: PolicyRule) -> str:
    return (
        f"In shadow it would have acted on {policy.shadow_would_block} of "
        f"{policy.shadow_evaluations} requests."
    )
