"""Who stands in for whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from loops.actions.delegations import check_end
from loops.models import Delegation
from m25console.access import Actor, Verdict, verdict
from m25console.looks import Look
from m25console.models import Membership

SHOWN: Final = 100  # the latest agreed


@dataclass(frozen=True)
class DelegationRow:
    """One agreement, and whether this person may end it."""

    delegation: Delegation
    look: Look
    may_end: Verdict


def delegation_rows(actor: Actor, *, now: datetime) -> list[DelegationRow]:
    """Those of the tenant for an admin, else those that concern the actor; one query."""
    rows = Delegation.objects.for_tenant(actor.tenant).select_related("delegator", "delegate")
    if not actor.can_administer:
        rows = rows.filter(Q(delegator=actor.user) | Q(delegate=actor.user))
    return [
        DelegationRow(one, _look(one, now), verdict(check_end, actor, one, now=now))
        for one in rows.order_by("-created_at", "-pk")[:SHOWN]
    ]


def colleagues_of(actor: Actor) -> list[tuple[str, str]]:
    """Whom the actor may ask: the tenant's other members, by sign-in name; one query."""
    members = Membership.objects.filter(tenant=actor.tenant, user__is_active=True)
    others = members.exclude(user=actor.user).select_related("user").order_by("user__username")
    return [(one.user.username, f"{one.user} ({one.role})") for one in others[:500]]


def _look(one: Delegation, now: datetime) -> Look:
    if one.ended_at is not None:
        return Look("Taken back", "idle", "arrow-back-up")
    if one.ends_at <= now:
        return Look("Over", "idle", "check")
    if one.starts_at > now:
        return Look("To come", "info", "clock")
    return Look("In force", "ok", "user-check")
