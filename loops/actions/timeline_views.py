"""Who has seen the proof: a reviewer read the timeline of an incident."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from loops.domain.timeline import SUCCESSES
from loops.models import Incident, PolicyRule, PreventionRecord, RegretEvent, TimelineView
from loops.models.policies import PolicyRuleQuerySet
from m25console.access import Actor, check_reviews
from m25console.models import Tenant
from m25console.refusals import NotFound


@dataclass(frozen=True)
class Proof:
    """What an incident's timeline proves by real evidence, as the rows say."""

    has_prevention: bool
    has_rollback: bool


@dataclass(frozen=True)
class Seen:
    """A person's view of a timeline today. `is_new`: it was not recorded before."""

    view: TimelineView
    is_new: bool

    @property
    def is_counted(self) -> bool:
        """Whether it is evidence: somebody saw a real prevention."""
        return self.view.has_prevention


@transaction.atomic
def record(*, incident_id: str, by: Actor, now: datetime) -> Seen:
    """Note that a reviewer read the timeline; one row per person, incident, day and proof.

    What was on it is read from the rows, never taken from the caller. Raises NotFound, and
    NotPermitted unless a reviewer or admin reads.
    """
    found = Incident.objects.for_tenant(by.tenant).filter(pk=incident_id).exists()
    if not found:
        raise NotFound("There is no such incident.")
    check_reviews(by)
    proof = proof_of(by.tenant, incident_id)
    view, is_new = TimelineView.objects.get_or_create(
        user=by.user,
        incident_id=incident_id,
        viewed_on=day_of(now),
        has_prevention=proof.has_prevention,
        is_simulated=False,
        defaults={"tenant": by.tenant, "viewed_at": now, "has_rollback": proof.has_rollback},
    )
    return Seen(view, is_new)


def proof_of(tenant: Tenant, incident_id: str) -> Proof:
    """What the rows prove now; two queries."""
    prevented = PreventionRecord.objects.for_tenant(tenant).real()
    regrets = RegretEvent.objects.for_tenant(tenant).real()
    return Proof(
        has_prevention=prevented.filter(
            original_incident_id=incident_id, outcome__in=SUCCESSES
        ).exists(),
        has_rollback=regrets.filter(
            policy__in=policies_of(tenant.pk, incident_id), was_auto_rolled_back=True
        ).exists(),
    )


def policies_of(tenant_id: str, incident_id: str) -> PolicyRuleQuerySet:
    """The policies an incident led to: made in its loop, or against the pattern it began."""
    began = Q(source_pattern__first_incident=incident_id)
    return PolicyRule.objects.filter(began | Q(source_incident=incident_id), tenant=tenant_id)


def views_of(*, incident_id: str, by: Actor, now: datetime) -> QuerySet[TimelineView]:
    """This person's views of today, one that saw a prevention first."""
    views = TimelineView.objects.filter(
        tenant=by.tenant, user=by.user, incident=incident_id, viewed_on=day_of(now)
    )
    return views.filter(is_simulated=False).order_by("-has_prevention")


def day_of(now: datetime) -> date:
    """The day a view counts for, in UTC."""
    return now.astimezone(UTC).date()
