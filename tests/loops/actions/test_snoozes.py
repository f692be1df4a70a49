"""Snoozing hides a question from one person only, and never for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import snoozes
from loops.domain.states import CheckpointPriority
from loops.models import CheckpointSnooze, HumanCheckpoint
from m25console.access import Actor
from m25console.models import Tenant
from m25console.refusals import InvalidInput, NotPermitted
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant)


@pytest.fixture
def asked(tenant: Tenant) -> HumanCheckpoint:
    return factories.checkpoint_of(factories.run_loop(tenant))


def seen_by(actor: Actor, *, now=NOW) -> list[HumanCheckpoint]:
    rows = HumanCheckpoint.objects.for_tenant(actor.tenant).pending()
    return list(rows.not_snoozed_for(actor.user, now=now))


def test_what_is_snoozed_is_hidden_from_that_person_until_its_moment(tenant, vera, asked):
    colleague = factories.make_actor(tenant)
    snoozes.snooze(checkpoint_id=asked.pk, until=SOON, by=vera, now=NOW)

    assert seen_by(vera) == []
    assert seen_by(colleague) == [asked]
    assert seen_by(vera, now=SOON) == [asked]


def test_snoozing_again_moves_the_moment_and_waking_ends_it(vera, asked):
    snoozes.snooze(checkpoint_id=asked.pk, until=SOON, by=vera, now=NOW)
    later = SOON + timedelta(hours=3)
    snoozes.snooze(checkpoint_id=asked.pk, until=later, by=vera, now=NOW)
    assert CheckpointSnooze.objects.get().until == later

    snoozes.wake(checkpoint_id=asked.pk, by=vera, now=NOW)
    snoozes.wake(checkpoint_id=asked.pk, by=vera, now=NOW)

    assert seen_by(vera) == [asked]


@pytest.mark.parametrize(
    "until", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=30, seconds=1)]
)
def test_a_snooze_ends_in_time_to_come_and_within_thirty_days(until, vera, asked):
    with pytest.raises(InvalidInput) as refused:
        snoozes.snooze(checkpoint_id=asked.pk, until=until, by=vera, now=NOW)
    assert "until" in refused.value.fields


def test_what_is_critical_is_not_snoozed_beyond_its_escalation(vera, asked):
    HumanCheckpoint.objects.update(priority=CheckpointPriority.CRITICAL, created_at=NOW)

    with pytest.raises(InvalidInput, match="until it escalates"):
        snoozes.snooze(checkpoint_id=asked.pk, until=SOON, by=vera, now=NOW)
    snoozes.snooze(checkpoint_id=asked.pk, until=NOW + timedelta(minutes=15), by=vera, now=NOW)


def test_viewers_have_no_queue_to_hide_from(tenant, asked):
    viewer = factories.make_actor(tenant, role=Role.VIEWER)
    with pytest.raises(NotPermitted):
        snoozes.snooze(checkpoint_id=asked.pk, until=SOON, by=viewer, now=NOW)
