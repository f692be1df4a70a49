"""People are told of calls that wait for them, by the loop's notifications."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions import mcp_approvals
from integrations.domain.mcp_tools import McpRisk
from integrations.models import McpApproval
from loops.domain.states import Event
from loops.models import Delivery, Notification
from m25console.access import Actor
from m25console.vocabulary import Role
from tests import factories, notifying
from tests.integrations.calling import a_machine, a_server, a_tool, allow, answered, question

pytestmark = pytest.mark.django_db


def person(of: Actor, name: str, *, role: Role = Role.REVIEWER) -> Actor:
    return factories.make_actor(of.tenant, role=role, user=factories.make_user(full_name=name))


def asked(admin: Actor, *, by: Actor) -> McpApproval:
    tool = a_tool(a_server(admin, name="the desk"), name="find_row", is_approved=False)
    return question(tool, by, now=timezone.now())


def told() -> list[tuple[str, str]]:
    """Who was told of what, in order."""
    notifying.tell()
    rows = Notification.objects.order_by("happening_id", "person_id")
    return list(rows.values_list("person__full_name", "happening__event"))


def test_a_call_that_waits_is_sent_by_the_channels_with_a_link_that_only_opens_its_page(
    admin: Actor, settings
):
    settings.BASE_URL = "https://console.example.org"
    with notifying.hook_of(admin.tenant, settings, by=admin) as hook:
        row = asked(admin, by=a_machine(admin))
        notifying.tell()
        assert notifying.send_what_is_due() == 1
        [item] = json.loads(hook.received[0].body)["data"]["items"]
    assert item["event"] == Event.ASKED
    assert item["sentence"] == "token agent wants to call find_row of the desk."
    assert item["ends_at"] == row.ends_at.isoformat()
    assert item["url"] == f"https://console.example.org/mcp/approvals/{row.pk}"
    reviewer = Client()
    reviewer.force_login(person(admin, "Rita").user)
    assert reviewer.get(f"/mcp/approvals/{row.pk}").status_code == 200
    row.refresh_from_db()
    assert row.status == "pending"


def test_reviewers_are_asked_but_for_who_asked_and_who_asked_hears_of_the_answer(admin: Actor):
    rita, carl = person(admin, "Rita"), person(admin, "Carl")
    row = asked(admin, by=carl)
    assert told() == [("Rita", "asked")]
    answered(row, rita, now=timezone.now())
    assert told()[1:] == [("Carl", "decided")]
    notification = Notification.objects.get(person=carl.user)
    assert notification.happening.details["option"] == "approve"
    assert Notification.objects.get(person=rita.user).read_at is not None


def test_of_two_people_the_first_hears_of_the_second_and_nobody_of_a_single_yes(admin: Actor):
    rita, carl = person(admin, "Rita"), person(admin, "Carl")
    tool = a_tool(a_server(admin), name="drop_row", risk_level=McpRisk.CRITICAL)
    allow(tool, admin)
    row = question(tool, a_machine(admin), now=timezone.now())
    answered(row, rita, now=timezone.now())
    assert told() == [("Rita", "asked"), ("Carl", "asked")]
    answered(row, carl, now=timezone.now())
    assert told()[2:] == [("Rita", "decided")]


def test_a_question_that_lapses_is_told_to_who_asked_and_is_sent_to_nobody_any_more(
    admin: Actor,
):
    person(admin, "Rita")
    ada = person(admin, "Ada", role=Role.ADMIN)
    asked(admin, by=ada)
    notifying.make_channel(admin.tenant, by=admin, events=[Event.ASKED])
    notifying.tell()
    assert mcp_approvals.lapse(timezone.now() + timedelta(days=1)) == 1
    assert mcp_approvals.lapse(timezone.now() + timedelta(days=1)) == 0
    assert told()[1:] == [("Rita", "lapsed"), ("Ada", "lapsed")]
    notifying.send_what_is_due()
    assert Delivery.objects.get().status == "skipped"
