from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from loops.actions import timeline_views
from loops.models import PolicyRule, TimelineView
from m25console.access import Actor, system_actor
from m25console.refusals import NotFound, NotPermitted
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def policy() -> PolicyRule:
    return factories.make_policy(factories.make_tenant())


@pytest.fixture
def reviewer(policy: PolicyRule) -> Actor:
    return factories.make_actor(policy.tenant)


def read(policy: PolicyRule, by: Actor, *, at: datetime = NOON) -> timeline_views.Seen:
    assert policy.source_incident_id
    return timeline_views.record(incident_id=policy.source_incident_id, by=by, now=at)


def test_spec_93_ten_views_of_a_day_are_one_and_count_once_there_is_a_prevention(policy, reviewer):
    before = [read(policy, reviewer) for _ in range(3)]
    assert not any(seen.is_counted for seen in before)

    factories.make_prevention(policy)
    seen = [read(policy, reviewer, at=NOON + timedelta(minutes=number)) for number in range(10)]

    assert [one.is_new for one in seen] == [True] + [False] * 9
    assert TimelineView.objects.filter(has_prevention=True).count() == 1
    assert read(policy, reviewer, at=NOON + timedelta(days=1)).is_new
    assert TimelineView.objects.filter(has_prevention=True).count() == 2


def test_another_persons_view_counts_for_itself(policy, reviewer):
    factories.make_prevention(policy)
    read(policy, reviewer)
    assert read(policy, factories.make_actor(policy.tenant)).is_new


@pytest.mark.parametrize("unreal", ["is_simulated", "is_synthetic"])
def test_what_is_not_real_is_never_seen(policy, reviewer, unreal):
    factories.make_prevention(policy, **{unreal: True})
    assert not read(policy, reviewer).view.has_prevention


def test_a_failed_prevention_is_none(policy, reviewer):
    factories.make_prevention(policy, outcome="failed")
    assert not read(policy, reviewer).view.has_prevention


def test_a_rollback_is_seen_where_harm_took_the_policy_back(policy, reviewer):
    factories.make_regret(policy, was_auto_rolled_back=True)
    assert read(policy, reviewer).view.has_rollback


def test_nobody_reads_in_anothers_name(policy, reviewer):
    viewer = factories.make_actor(policy.tenant, role=Role.VIEWER)
    for one in (viewer, system_actor(policy.tenant)):
        with pytest.raises(NotPermitted):
            read(policy, one)
    with pytest.raises(NotFound):
        read(policy, factories.make_actor(factories.make_tenant()))
    assert not TimelineView.objects.exists()


def test_a_view_is_never_altered(policy, reviewer):
    read(policy, reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineView.objects.update(has_prevention=True)
