"""Twelve loops of one pattern with known ends, counted by hand."""

from copy import copy
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loops.domain.states import RecoveryStatus
from loops.models import HumanCheckpoint, Incident, LoopTrace, RecoveryCandidate
from loops.models.ids import new_checkpoint_id
from loops.presenters.past_outcomes import outcomes_around, past_of
from m25console.together import fetch_together
from tests import factories

pytestmark = pytest.mark.django_db


def lapse(asked: HumanCheckpoint, trace: LoopTrace, *, at: datetime) -> None:
    """A question like `asked` about another loop's remedy, which nobody answered."""
    lapsed = copy(asked)
    lapsed.pk, lapsed.trace, lapsed.incident = new_checkpoint_id(), trace, trace.incident
    lapsed.target_id = RecoveryCandidate.objects.get(trace=trace).pk
    lapsed.resolution, lapsed.resolved_at, lapsed.auto_dismissed = "expired", at, True
    lapsed.save(force_insert=True)


def test_twelve_loops_give_exact_figures():
    tenant, now = factories.make_tenant(), timezone.now()
    reviewer = factories.make_actor(tenant)
    first, *ended = factories.run_loops(tenant, times=13)
    asked = factories.checkpoint_of(first)
    times = ("helped", "helped", "helped", "back", "back", "open")  # of six approved
    for number, trace in enumerate(ended):
        began = now - timedelta(days=300 - 20 * number)
        recovery = RecoveryCandidate.objects.filter(trace=trace)
        Incident.objects.filter(pk=trace.incident_id).update(created_at=began)
        if number < 6:
            recovery.update(
                status=RecoveryStatus.APPLIED, decided_at=began, decided_by=reviewer.user
            )
        elif number < 10:
            recovery.update(
                status=RecoveryStatus.REJECTED, decided_at=began, decided_by=reviewer.user
            )
        else:
            lapse(asked, trace, at=began)
        if number < 3:
            until = began + timedelta(minutes=30 * (number + 1))
            recovery.update(verification="verified", verify_until=until, verified_at=until)
        if number < 6 and times[number] == "back":
            again = factories.run_loop(tenant)
            Incident.objects.filter(pk=again.incident_id).update(
                created_at=began + timedelta(days=2)
            )

    rows = outcomes_around(asked, now=now)
    fetch_together(rows)
    past = past_of(rows.rows)

    assert [(one.answer, one.times) for one in past.outcomes] == [
        ("Approved", 6),
        ("Rejected", 4),
        ("Left alone", 2),
    ]
    assert past.approved.median == timedelta(minutes=60)
    assert past.approved.verified == 3
    assert past.approved.returned == "2 of 6 (33%)"
    assert past.rejected.returned == "0 of 4, too few to say"
    assert past.left.returned == "0 of 2, too few to say"
