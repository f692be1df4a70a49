"""Policies that the loop activated alone go back to shadow when it may no longer do so."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from loops.actions import policy_modes
from loops.domain.states import ActivationPath, PolicyMode
from loops.models import PolicyActivationAudit, PolicyRule
from m25console.access import system_actor
from m25console.models import Tenant

EVALUATOR: Final = "graduation evaluator"  # how the console signs what it computes
WHY: Final = "The evidence that let the loop activate it alone no longer holds."


def fall_back(tenant: Tenant, *, now: datetime) -> int:
    """Put every active policy that no person stands behind into shadow; how many there were."""
    ids = _activated_alone(tenant).values_list("pk", flat=True).order_by("pk")
    return sum(_to_shadow(tenant, policy_id, now=now) for policy_id in list(ids))


@transaction.atomic
def _to_shadow(tenant: Tenant, policy_id: str, *, now: datetime) -> bool:
    """Whether the policy was still one of those when its lock was ours."""
    policy = PolicyRule.objects.for_tenant(tenant).locked().filter(pk=policy_id).first()
    if policy is None or not _activated_alone(tenant).filter(pk=policy_id).exists():
        return False
    policy_modes.change_mode(
        policy,
        to=PolicyMode.SHADOW,
        path=ActivationPath.GRADUATION_LOST,
        by=system_actor(tenant, label=EVALUATOR),
        note=WHY,
        now=now,
    )
    return True


def _activated_alone(tenant: Tenant) -> QuerySet[PolicyRule]:
    """Active policies whose last activation was the loop's own."""
    activations = PolicyActivationAudit.objects.filter(
        policy=OuterRef("pk"), new_mode=PolicyMode.ACTIVE
    )
    last = activations.order_by("-activated_at", "-id").values("approval_path")[:1]
    active = PolicyRule.objects.for_tenant(tenant).filter(mode=PolicyMode.ACTIVE)
    return active.annotate(path=Subquery(last)).filter(path=ActivationPath.AUTO)
