"""The first page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.engine import resuming
from loops.models import (
    CheckpointComment,
    CommentMention,
    FailurePattern,
    Heartbeat,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyRule,
)
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(name="Acme Agents")


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client


def home(actor: Actor) -> Any:
    return browser_of(actor).get("/")


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def test_an_admin_of_an_empty_tenant_learns_how_to_send_the_first_incident(tenant):
    page = text_of(home(factories.make_actor(tenant, role=Role.ADMIN)))

    assert 'href="/tokens/"' in page
    assert "curl -X POST http://testserver/api/v1/incidents" in page


def test_others_of_an_empty_tenant_are_told_to_ask_an_admin(tenant):
    page = text_of(home(factories.make_actor(tenant)))

    assert "Ask an admin of Acme Agents" in page
    assert 'href="/tokens/"' not in page


def test_what_waits_is_counted_by_priority_and_leads_to_its_list(tenant):
    factories.run_loop(tenant)
    factories.run_loop(tenant, error_type="rate_limit")

    answer = home(factories.make_actor(tenant))

    [normal] = answer.context["overview"].waiting
    assert (normal.look.text, normal.text) == ("Normal", "2")
    assert normal.oldest is not None
    assert 'href="/checkpoints?priority=normal"' in text_of(answer)


def test_when_nothing_waits_it_says_so(tenant):
    factories.report(tenant)

    assert "Nothing waits." in text_of(home(factories.make_actor(tenant)))


def test_loops_and_policies_are_counted_by_state(tenant):
    factories.run_loops(tenant, times=3)
    factories.report(tenant, error_type="rate_limit")

    overview = home(factories.make_actor(tenant)).context["overview"]

    assert {one.value: one.count for one in overview.loops} == {
        "running": 1,
        "failed": 0,
        "ended": 0,
        "complete": 1,
    }
    assert {one.value: one.count for one in overview.policies}["shadow"] == 1


def test_the_last_day_tells_new_patterns_from_known_ones(tenant):
    factories.run_loop(tenant, error_type="timeout")
    factories.run_loop(tenant, error_type="rate_limit")
    known = FailurePattern.objects.get(error_type="timeout")
    FailurePattern.objects.filter(pk=known.pk).update(created_at=timezone.now() - timedelta(days=3))

    day = home(factories.make_actor(tenant)).context["overview"].day

    assert (day.incidents, day.patterns_new, day.patterns_known) == ("2", "1", "1")
    assert day.median_decision is None


def reject(trace: LoopTrace, *, by: Actor) -> None:
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="reject",
        note="It would charge twice.",
        by=by,
        now=timezone.now(),
    )


def test_a_decision_is_shown_with_who_and_why(tenant):
    reviewer = factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))
    reject(factories.run_loop(tenant, title="Billing timed out"), by=reviewer)

    answer = home(reviewer)

    page = text_of(answer)
    assert "Rita Moss" in page
    assert "It would charge twice." in page
    assert answer.context["overview"].day.decided == "1"


def test_a_median_time_to_decide_is_told_only_of_enough_decisions(tenant):
    reviewer = factories.make_actor(tenant)
    traces = [factories.run_loop(tenant, error_type=f"kind_{n}") for n in range(5)]
    for trace in traces[:4]:
        reject(trace, by=reviewer)

    assert home(reviewer).context["overview"].day.median_decision is None
    reject(traces[4], by=reviewer)
    answer = home(reviewer)

    assert answer.context["overview"].day.median_decision is not None
    assert "checkpoints decided, half within" in text_of(answer)


def test_the_days_incidents_lead_to_the_list_of_just_those(tenant):
    factories.report(tenant, times=3)
    old = Incident.objects.for_tenant(tenant).newest_first()[0]
    Incident.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    browser = browser_of(factories.make_actor(tenant))

    page = browser.get("/")
    listed = browser.get("/incidents?reported=day")

    assert page.context["overview"].day.incidents == "2"
    assert 'href="/incidents?reported=day"' in text_of(page)
    assert len(listed.context["rows"]) == 2


def test_a_failed_loop_is_shown_with_its_reason(tenant):
    trace = factories.run_loop(tenant, title="Billing timed out")
    trace.checkpoints.all().delete()
    LoopTrace.objects.filter(pk=trace.pk).update(
        is_blocked=False, failure_state="error", failure_detail="KeyError: pattern"
    )

    page = text_of(home(factories.make_actor(tenant)))

    assert "KeyError: pattern" in page
    assert f'href="/loops/{trace.pk}"' in page


def test_nothing_of_another_tenant_is_shown_or_counted(tenant):
    other = factories.make_tenant()
    factories.run_loops(other, times=3, title="Not yours")

    answer = home(factories.make_actor(tenant))

    assert answer.context["overview"].is_new
    assert "Not yours" not in text_of(answer)


def test_the_page_takes_as_many_queries_with_much_as_with_little(
    tenant, django_assert_max_num_queries
):
    factories.run_loops(tenant, times=4)
    browser = browser_of(factories.make_actor(tenant))

    with django_assert_max_num_queries(5):
        browser.get("/")
    PolicyRule.objects.update(mode="pending")
    factories.report(tenant, times=20, error_type="rate_limit")
    factories.advance()
    with django_assert_max_num_queries(5):
        browser.get("/")


def test_a_page_that_looks_again_gets_only_what_changes(tenant):
    factories.run_loop(tenant)

    part = text_of(browser_of(factories.make_actor(tenant)).get("/?partial=overview"))

    assert "Waits for a person" in part
    assert "<html" not in part


def test_platform_staff_without_a_tenant_go_to_administration():
    staff = Client()
    staff.force_login(factories.make_user(is_staff=True, is_superuser=True))

    answer = staff.get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_spec_81_a_reviewer_sees_what_waits_by_risk_and_what_became_of_their_decisions(tenant):
    reviewer = factories.make_actor(tenant)
    reject(factories.run_loop(tenant, title="Billing timed out"), by=reviewer)
    factories.run_loop(tenant, error_type="rate_limit")

    own = home(reviewer).context["own"]

    assert {one.id: one.number for one in own.of("risk")} == {"3": 0, "2": 1, "1": 0}
    [decided] = own.of("decision")
    assert decided.title == "Billing timed out"
    assert [look.text for look in decided.looks] == ["Rejected", "Ended"]
    assert own.of("part") == own.of("story") == ()


def test_spec_81_a_reviewer_sees_their_claims_and_who_mentions_them(tenant):
    reviewer, other = factories.make_actor(tenant), factories.make_actor(tenant)
    trace = factories.run_loop(tenant, title="Billing timed out")
    checkpoint, now = factories.checkpoint_of(trace), timezone.now()
    HumanCheckpoint.objects.filter(pk=checkpoint.pk).update(
        claimed_by=reviewer.user, claimed_until=now + timedelta(minutes=5)
    )
    comment = CheckpointComment.objects.create(
        tenant=tenant, checkpoint=checkpoint, author=other.user, text="What do you think?", at=now
    )
    CommentMention.objects.create(tenant=tenant, comment=comment, person=reviewer.user)

    mine, theirs = (home(one).context["own"] for one in (reviewer, other))

    assert [one.title for one in mine.of("claim")] == ["Billing timed out"]
    assert [one.title for one in mine.of("mention")] == ["What do you think?"]
    assert theirs.of("claim") == theirs.of("mention") == ()


def test_spec_82_an_admin_sees_health_and_what_is_unfinished(tenant):
    factories.report(tenant)
    Heartbeat.objects.create(name="w", role="worker", beat_at=timezone.now() - timedelta(hours=1))

    answer = home(factories.make_actor(tenant, role=Role.ADMIN))

    own = answer.context["own"]
    assert [one.title for one in own.failing] == ["Workers"]
    assert {page for _, page in own.settings} >= {"tokens", "members", "loops:checkpoint-rules"}
    assert "Not heard of lately" in text_of(answer)


def test_spec_83_a_viewer_sees_trust_preventions_and_whole_stories(tenant):
    factories.run_loops(tenant, times=3, title="Billing timed out")
    factories.prevent(tenant)

    answer = home(factories.make_actor(tenant, role=Role.VIEWER))

    own = answer.context["own"]
    assert [look.text for one in own.of("prevention") for look in one.looks] == ["Prevented"]
    assert "Billing timed out" in [one.title for one in own.of("story")]
    assert own.of("risk") == own.of("decision") == ()
    assert "What became of your decisions" not in text_of(answer)
