from datetime import timedelta

import pytest
from django.utils import timezone

from loops.actions import checkpoint_rules
from loops.domain.asking import Rules
from loops.domain.states import ChannelKind, Risk
from loops.engine import delivering, ledger, resuming
from loops.engine.announcing import announce
from loops.engine.lapsing import escalate
from loops.engine.periodic import run_now
from loops.engine.reminding import remind
from loops.models import (
    CheckpointComment,
    CommentMention,
    Delegation,
    Delivery,
    DeliveryItem,
    Happening,
    Notification,
    NotificationChannel,
)
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories, notifying
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def told() -> list[tuple[str, str]]:
    """Who was told of what."""
    rows = Notification.objects.order_by("happening_id", "person_id")
    return list(rows.values_list("person__full_name", "happening__event"))


def member(tenant: Tenant, name: str, role: Role = Role.REVIEWER):
    return factories.make_actor(tenant, role=role, user=factories.make_user(full_name=name))


def test_a_question_is_told_to_reviewers_once_and_later_to_admins_too(tenant):
    member(tenant, "Rita")
    member(tenant, "Ada", Role.ADMIN)
    member(tenant, "Vic", Role.VIEWER)
    member(factories.make_tenant(), "Stranger")
    factories.run_loop(tenant)
    now = timezone.now()

    assert run_now("announce", now=now) == {"found": 1, "told": 1}
    assert announce(now) == {"found": 0, "told": 0}
    assert told() == [("Rita", "asked")]

    remind(now + 23 * HOUR)
    escalate(now + 25 * HOUR)
    announce(now + 25 * HOUR)
    assert told()[1:] == [("Rita", "reminded"), ("Rita", "escalated"), ("Ada", "escalated")]
    assert list(ledger.violations()) == []


def test_a_reminder_goes_to_whoever_claimed_the_question(tenant):
    member(tenant, "Rita")
    claimer = member(tenant, "Carl")
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    asked.claimed_by, asked.claimed_until = claimer.user, timezone.now() + 48 * HOUR
    asked.save()
    announce(timezone.now())
    remind(timezone.now() + 23 * HOUR)
    announce(timezone.now() + 23 * HOUR)
    assert told()[2:] == [("Carl", "reminded")]


def test_an_answer_is_told_to_who_voted_and_no_vote_to_anybody(tenant):
    rita, carl = member(tenant, "Rita"), member(tenant, "Carl")
    known = {"agent_capability": "math"}
    factories.make_pattern(tenant, error_code="E1", **known)
    trace = factories.run_loop(tenant, error_code="X9", **known)
    likeness = factories.checkpoint_of(trace).pk
    resuming.resolve(
        checkpoint_id=likeness, resolution="apply", note="", by=rita, now=timezone.now()
    )
    announce(timezone.now())
    Notification.objects.all().delete()
    asked = factories.checkpoint_of(trace)
    assert asked.approvers_required == 2
    answer = {"checkpoint_id": asked.pk, "resolution": "apply", "note": ""}
    resuming.resolve(**answer, by=rita, now=timezone.now())
    assert announce(timezone.now())["found"] == 0

    resuming.resolve(**answer, by=carl, now=timezone.now())
    announce(timezone.now())

    assert told() == [("Rita", "decided")]
    assert not Notification.objects.unread().filter(happening__event="asked").exists()
    row = Happening.objects.filter(event="decided").latest("pk")
    assert row.details == {"option": "apply", "by": "Carl"}


def test_mentions_and_delegations_are_told_to_the_people_they_name(tenant):
    rita, carl = member(tenant, "Rita"), member(tenant, "Carl")
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    now = timezone.now()
    remark = CheckpointComment.objects.create(
        tenant=tenant, checkpoint=asked, author=rita.user, text="@carl look", at=now
    )
    CommentMention.objects.create(tenant=tenant, comment=remark, person=carl.user)
    Delegation.objects.create(
        tenant=tenant, delegator=rita.user, delegate=carl.user, reason="Holiday",
        starts_at=now, ends_at=now + 24 * HOUR,
    )  # fmt: skip
    shared = notifying.make_channel(tenant)
    announce(now)
    assert told()[2:] == [("Carl", "mentioned"), ("Carl", "delegated")]
    carried = DeliveryItem.objects.filter(channel=shared)
    assert [one.happening.event for one in carried] == ["asked"]


def test_what_comes_within_two_minutes_is_one_message(tenant):
    notifying.make_channel(tenant)
    now = timezone.now()
    for number in range(3):
        factories.run_loop(tenant, error_type=f"kind_{number}")
        announce(now + number * 30 * timedelta(seconds=1))
    [bundle] = Delivery.objects.all()
    assert bundle.items.count() == 3
    assert bundle.next_try_at == now + 2 * MINUTE
    assert delivering.ERRANDS.give_out(now=now + 1.9 * MINUTE) == []

    factories.run_loop(tenant, error_type="later")
    announce(now + 3 * MINUTE)
    assert Delivery.objects.count() == 2


def test_what_is_critical_goes_at_once_also_at_night(tenant):
    begin = timezone.now() - HOUR
    night = {
        "days": list(range(7)),
        "starts": f"{begin:%H:%M}",
        "ends": f"{begin + 8 * HOUR:%H:%M}",
        "zone": "UTC",
    }
    rules = Rules(quiet_hours=night)
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    checkpoint_rules.change(rules=rules, by=admin, now=timezone.now())
    notifying.make_channel(tenant)
    factories.run_loop(tenant)
    now = timezone.now()
    announce(now)
    [waits] = Delivery.objects.all()
    assert waits.next_try_at == begin.replace(second=0, microsecond=0) + 8 * HOUR

    rules = Rules(quiet_hours=night, priority_overrides={"approve_recovery": "critical"})
    checkpoint_rules.change(rules=rules, by=admin, now=timezone.now())
    factories.run_loop(tenant, error_type="urgent")
    announce(now)
    urgent = Delivery.objects.exclude(pk=waits.pk).get()
    assert (urgent.is_urgent, urgent.next_try_at) == (True, now)


def test_a_channel_carries_only_what_it_is_set_up_for(tenant):
    rita = member(tenant, "Rita")
    notifying.make_channel(tenant, name="High", least_risk=Risk.HIGH)
    notifying.make_channel(tenant, name="Escalated", events=["escalated"])
    notifying.make_channel(tenant, name="Off", is_enabled=False)
    notifying.make_channel(tenant, name="Hers", of=rita)
    NotificationChannel.objects.filter(name="High").update(least_risk=Risk.HIGH)
    asked = factories.checkpoint_of(factories.run_loop(tenant))
    announce(timezone.now())
    carried = set(DeliveryItem.objects.values_list("channel__name", flat=True))
    assert carried == {"Hers"} | ({"High"} if asked.risk == Risk.HIGH else set())


def test_several_at_once_tell_everything_once(tenant):
    member(tenant, "Rita")
    notifying.make_channel(tenant)
    for number in range(5):
        factories.run_loop(tenant, error_type=f"kind_{number}")
    now = timezone.now()
    at_once(lambda _: announce(now)["told"], times=4)
    announce(now)
    assert Happening.objects.filter(told_at__isnull=True).count() == 0
    assert Notification.objects.count() == DeliveryItem.objects.count() == 5
    assert list(ledger.violations()) == []


def test_nothing_is_sent_about_what_was_answered_meanwhile(tenant, settings):
    with notifying.hook_of(tenant, settings) as endpoint:
        asked = factories.checkpoint_of(factories.run_loop(tenant))
        announce(timezone.now())
        answer = {"checkpoint_id": asked.pk, "resolution": "reject", "note": "No."}
        resuming.resolve(**answer, by=factories.make_actor(tenant), now=timezone.now())
        Delivery.objects.update(next_try_at=timezone.now())
        notifying.send_what_is_due()
        assert endpoint.received == []
    assert Delivery.objects.get().status == "skipped"


def test_a_kind_that_is_not_mail_keeps_its_secret_sealed(tenant):
    row = notifying.make_channel(
        tenant, kind=ChannelKind.SLACK, address="https://hooks.slack.com/services/T0/B0/secret"
    )
    assert row.address == "https://hooks.slack.com/…"
    assert b"secret" not in bytes(row.sealed_secret)
