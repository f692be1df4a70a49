from datetime import timedelta
from typing import NoReturn

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loops.domain.states import LoopOutcome, Stage
from loops.engine import dispatcher, resuming
from loops.engine.dispatcher import BRIDGES
from loops.models import LoopTrace, PolicyRule, RoutingAdjustment
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import (
    advance,
    checkpoint_of,
    make_actor,
    make_pattern,
    make_tenant,
    report,
    run_loop,
    run_loops,
)
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8  # the session, the person and six more


@pytest.fixture
def reviewer() -> Actor:
    return make_actor(make_tenant())


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return signed_in(reviewer)


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(browser: Client, trace: LoopTrace) -> str:
    return text_of(browser, f"/loops/{trace.pk}")


def decide(trace: LoopTrace, by: Actor, resolution: str, note: str = "") -> LoopTrace:
    resuming.resolve(
        checkpoint_id=checkpoint_of(trace).pk,
        resolution=resolution,
        note=note,
        by=by,
        now=timezone.now(),
    )
    trace.refresh_from_db()
    return trace


def lost(*_: object) -> NoReturn:
    raise ConnectionError("the pattern store <b>went</b> away")


def failed_loop(actor: Actor) -> LoopTrace:
    [receipt] = report(actor.tenant, title="Doomed")
    dispatcher.advance_due(bridges={**BRIDGES, Stage.PATTERN_MATCHED: lost})
    return LoopTrace.objects.get(pk=receipt.loop_id)


def routed_loop(actor: Actor) -> LoopTrace:
    """A loop whose pattern has an active policy, and that moved traffic away from its agent."""
    run_loops(actor.tenant, times=3, agent_id="finder")
    PolicyRule.objects.update(
        mode="active", activated_at=timezone.now(), actions={"type": "route_away"}
    )
    return decide(run_loop(actor.tenant, agent_id="finder"), actor, "apply", "Give it a rest.")


def test_a_loop_under_way_says_so(browser: Client, reviewer: Actor) -> None:
    [receipt] = report(reviewer.tenant)

    page = text_of(browser, f"/loops/{receipt.loop_id}")

    assert "In progress" in page
    assert "Nothing to do: the loop is still at work." in page
    assert "Under way." in page


def test_a_waiting_loop_leads_to_its_decision(browser: Client, reviewer: Actor) -> None:
    trace = run_loop(reviewer.tenant)

    page = page_of(browser, trace)

    assert "Waiting for a person" in page
    assert "waits for a person" in page  # at the stage
    assert f'href="/checkpoints/{checkpoint_of(trace).pk}"' in page
    assert "Nobody has answered yet." in page
    assert "Weak · 70%" in page  # the band of the suggestion


def test_the_story_is_told_with_links(browser: Client, reviewer: Actor) -> None:
    trace = run_loops(reviewer.tenant, times=3)[-1]
    pattern_id = trace.incident.matched_pattern_id

    page = page_of(browser, trace)

    for label in ("What happened", "What we learned", "What we changed", "Before and after"):
        assert label in page
    assert f'<a href="/patterns/{pattern_id}" title="{pattern_id}">“<bdi>timeout' in page
    assert f'title="{trace.incident_id}">“<bdi>{trace.incident.title}' in page
    assert f'href="/incidents/{trace.incident_id}"' in page


def test_every_event_is_there_with_its_whole_record(browser: Client, reviewer: Actor) -> None:
    trace = run_loops(reviewer.tenant, times=3, agent_id="finder")[-1]

    answer = browser.get(f"/loops/{trace.pk}")

    entries = answer.context["page"].entries
    assert [entry.stage for entry in entries] == [
        "Incident", "Pattern", "Recovery", "Policy", "Routing",
    ]  # fmt: skip
    page = answer.content.decode()
    for event in trace.events.all():
        assert f'id="record-{event.pk}"' in page
    assert "&quot;match_confidence&quot;: 0.95" in page


def test_decisions_say_who_when_through_which_door_and_why(
    browser: Client, reviewer: Actor
) -> None:
    trace = decide(run_loop(reviewer.tenant), reviewer, "reject", "Upstream is down.\nWait.")

    page = page_of(browser, trace)

    assert f"<strong>{reviewer.user}</strong>" in page
    assert "rejected the recovery" in page
    assert "on the page" in page
    assert "Upstream is down.\nWait." in page


def test_a_first_of_two_votes_is_shown_as_not_enough(browser: Client, reviewer: Actor) -> None:
    make_pattern(reviewer.tenant, error_code="E1")
    alike = decide(run_loop(reviewer.tenant, error_code="E2"), reviewer, "apply")
    trace = decide(alike, reviewer, "apply")

    page = page_of(browser, trace)

    assert "1 of 2 confirmations" in page
    assert "more people needed" in page
    assert "Waiting for a person" in page


def test_a_loop_ended_by_a_person_is_not_called_broken(browser: Client, reviewer: Actor) -> None:
    trace = decide(run_loop(reviewer.tenant), reviewer, "reject", "No.")

    page = page_of(browser, trace)

    assert "Ended" in page
    assert "ended here" in page
    assert "not reached" in page
    assert 'role="alert"' not in page
    assert "A person decided against going on; that stands." in page  # why it cannot be retried


def test_a_failed_loop_tells_why_and_offers_a_retry(browser: Client, reviewer: Actor) -> None:
    page = page_of(browser, failed_loop(reviewer))

    assert "An unexpected error stopped the loop." in page
    assert "the pattern store &lt;b&gt;went&lt;/b&gt; away" in page
    assert "Retry stage Pattern" in page
    assert "disabled" not in page


def test_retrying_goes_on_from_the_failed_stage(browser: Client, reviewer: Actor) -> None:
    trace = failed_loop(reviewer)

    answer = browser.post(f"/loops/{trace.pk}/retry", {"stage": "pattern_matched"}, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(f"/loops/{trace.pk}", 302)]
    assert "The stage was tried again." in page
    assert "attempt 2" in page
    trace.refresh_from_db()
    assert trace.outcome == LoopOutcome.WAITING


def test_a_viewer_reads_why_they_cannot_retry(reviewer: Actor) -> None:
    trace = failed_loop(reviewer)
    viewer = signed_in(make_actor(reviewer.tenant, role=Role.VIEWER))

    page = page_of(viewer, trace)
    refused = viewer.post(f"/loops/{trace.pk}/retry", {"stage": "pattern_matched"})

    assert "reviewers can decide" in page
    assert 'disabled aria-describedby="retry-reason"' in page
    assert refused.status_code == 403
    trace.refresh_from_db()
    assert trace.outcome == LoopOutcome.FAILED


def test_a_stage_that_did_not_fail_cannot_be_retried(browser: Client, reviewer: Actor) -> None:
    trace = run_loop(reviewer.tenant)

    answer = browser.post(f"/loops/{trace.pk}/retry", {"stage": "pattern_matched"})

    assert answer.status_code == 400
    assert "did not fail" in answer.content.decode()


def test_a_look_never_retries(browser: Client, reviewer: Actor) -> None:
    trace = failed_loop(reviewer)

    assert browser.get(f"/loops/{trace.pk}/retry?stage=pattern_matched").status_code == 405
    assert trace.events.count() == 2


def test_policy_and_routing_are_shown_as_they_are_now(browser: Client, reviewer: Actor) -> None:
    trace = routed_loop(reviewer)

    page = page_of(browser, trace)

    assert "route matching requests to other agents" in page
    assert "Active" in page
    assert "Routing change" in page
    assert "In effect" in page
    assert "Give it a rest." in page


def test_a_change_that_was_taken_back_says_why(browser: Client, reviewer: Actor) -> None:
    trace = routed_loop(reviewer)
    RoutingAdjustment.objects.update(
        is_active=False, was_rolled_back=True, rollback_reason="It got worse."
    )

    page = page_of(browser, trace)

    assert "Taken back" in page
    assert "It got worse." in page


def test_the_page_asks_again_when_its_own_loop_changes(browser: Client, reviewer: Actor) -> None:
    trace = run_loop(reviewer.tenant)

    page = page_of(browser, trace)

    assert f'hx-trigger="live:{trace.pk} from:body, live:refresh from:body"' in page
    assert 'data-live="/live/events"' in page


def test_nothing_new_is_no_content(browser: Client, reviewer: Actor) -> None:
    trace = run_loop(reviewer.tenant)
    seen = browser.get(f"/loops/{trace.pk}").context["page"].fingerprint

    again = browser.get(f"/loops/{trace.pk}?partial=live&seen={seen}")

    assert (again.status_code, again.content) == (204, b"")


def test_what_changed_comes_as_a_fragment_that_announces_it(
    browser: Client, reviewer: Actor
) -> None:
    trace = run_loop(reviewer.tenant)
    seen = browser.get(f"/loops/{trace.pk}").context["page"].fingerprint
    decide(trace, reviewer, "reject", "No.")

    fragment = text_of(browser, f"/loops/{trace.pk}?partial=live&seen={seen}")

    assert "<html" not in fragment
    assert 'data-announce="Loop ended at stage Recovery."' in fragment


def test_the_list_shows_the_latest_activity_first(browser: Client, reviewer: Actor) -> None:
    old = run_loop(reviewer.tenant, title="first reported")
    run_loop(reviewer.tenant, title="then reported")
    decide(old, reviewer, "apply")

    rows = browser.get("/loops").context["rows"]

    assert [row.title for row in rows] == ["first reported", "then reported"]
    assert rows[0].state.startswith("Policy: Routing was left as it is")
    assert rows[1].state == "Waits at stage Recovery."


def test_the_list_narrows_to_one_outcome_and_counts_each(browser: Client, reviewer: Actor) -> None:
    failed_loop(reviewer)
    run_loop(reviewer.tenant, title="Waiting one", error_type="auth_error")
    report(reviewer.tenant, title="Running one")

    answer = browser.get("/loops?outcome=failed")

    assert [row.title for row in answer.context["rows"]] == ["Doomed"]
    assert {tab.outcome: tab.count for tab in answer.context["tabs"]} == {
        "waiting": "1", "failed": "1", "running": "1", "ended": "0", "complete": "0",
    }  # fmt: skip
    assert "An unexpected error stopped the loop." in answer.content.decode()
    assert len(browser.get("/loops?outcome=nonsense").context["rows"]) == 3


@pytest.mark.parametrize("query", ["", "?outcome=running"])
def test_pages_go_on_where_the_last_one_ended_though_more_move(
    browser: Client, reviewer: Actor, query: str
) -> None:
    report(reviewer.tenant, times=60)
    first = browser.get(f"/loops{query}")
    report(reviewer.tenant, times=4)

    second = browser.get("/loops" + first.context["next_url"])
    back = browser.get("/loops" + second.context["previous_url"])

    pages = [[row.loop_id for row in page.context["rows"]] for page in (first, second, back)]
    assert [len(page) for page in pages] == [50, 10, 50]
    assert len(set(pages[0] + pages[1])) == 60
    assert pages[2] == pages[0]


def test_pages_of_all_outcomes_keep_one_order(browser: Client, reviewer: Actor) -> None:
    report(reviewer.tenant, times=55)
    now = timezone.now()
    for age, trace in enumerate(LoopTrace.objects.all()):
        trace.is_complete = age % 2 == 0
        trace.completed_at = now if trace.is_complete else None
        trace.next_run_at = None
        trace.last_activity_at = now - timedelta(seconds=age % 7)
        trace.save()

    first = browser.get("/loops")
    second = browser.get("/loops" + first.context["next_url"])

    shown = [row.loop_id for page in (first, second) for row in page.context["rows"]]
    latest = LoopTrace.objects.order_by("-last_activity_at", "-id").values_list("pk", flat=True)
    assert shown == list(latest)


def test_what_moved_since_is_offered(browser: Client, reviewer: Actor) -> None:
    report(reviewer.tenant)
    since = browser.get("/loops").context["page"].first
    advance()

    assert "1 moved — show" in text_of(browser, f"/loops?partial=news&since={since}")


def test_a_full_list_costs_as_many_queries_as_a_short_one(
    browser: Client, reviewer: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    report(reviewer.tenant, times=60)
    advance()

    for query in ("", "?outcome=waiting", "?partial=news"):
        with django_assert_max_num_queries(MOST_QUERIES):
            text_of(browser, f"/loops{query}")


def test_the_list_narrows_to_what_moved_lately(browser: Client, reviewer: Actor) -> None:
    old = run_loop(reviewer.tenant, title="Long ago", error_type="auth_error")
    long_ago = timezone.now() - timedelta(days=8)
    LoopTrace.objects.filter(pk=old.pk).update(last_activity_at=long_ago)
    run_loop(reviewer.tenant, title="Lately")

    answer = browser.get("/loops?active=week")

    assert [row.title for row in answer.context["rows"]] == ["Lately"]
    assert {tab.outcome: tab.count for tab in answer.context["tabs"]}["waiting"] == "1"
    assert "?active=week&amp;outcome=waiting" in answer.text
    assert "None moved in this period." in text_of(browser, "/loops?active=week&outcome=failed")


def test_empty_lists_say_what_they_mean(browser: Client) -> None:
    assert "No loops yet" in text_of(browser, "/loops")
    assert "None has this outcome at the moment." in text_of(browser, "/loops?outcome=failed")


def test_another_tenant_s_loop_does_not_exist(browser: Client) -> None:
    foreign = failed_loop(make_actor(make_tenant()))

    assert browser.get(f"/loops/{foreign.pk}").status_code == 404
    retried = browser.post(f"/loops/{foreign.pk}/retry", {"stage": "pattern_matched"})
    assert retried.status_code == 404
    assert foreign.events.count() == 2
    assert "Doomed" not in text_of(browser, "/loops")
