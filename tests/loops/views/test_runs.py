"""The pages of runs: what is stuck, and what each promised beside what was said."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from loops.actions import audits
from loops.domain.runtime_audit import DEFAULT_PROMISES, FINALIZE_RUN, Ack, Key
from loops.engine.audit_checks import check_audits
from loops.models import AuditRun
from m25console.access import Actor
from tests import factories

pytestmark = pytest.mark.django_db
FOUR = [one.key for one in DEFAULT_PROMISES]


@pytest.fixture
def reviewer() -> Actor:
    return factories.make_actor(factories.make_tenant())


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    client = Client()
    assert reviewer.user is not None
    client.force_login(reviewer.user)
    return client


def run(by: Actor, *acked: Key, run_id: str = "run-1", minutes_ago: float = 0) -> AuditRun:
    begun = timezone.now() - timedelta(minutes=minutes_ago)
    made = audits.declare(run_id=run_id, by=by, now=begun).run
    for key in acked:
        audits.acknowledge(run_id=run_id, ack=Ack(key), by=by, now=begun)
    return made


def test_an_empty_queue_says_that_all_is_well(browser: Client):
    assert "Everything that was promised was done" in browser.get("/runs").text


def test_the_longest_overdue_run_comes_first(browser: Client, reviewer: Actor):
    run(reviewer, run_id="younger", minutes_ago=5)
    run(reviewer, run_id="elder", minutes_ago=9)
    run(reviewer, *FOUR, run_id="well", minutes_ago=9)
    check_audits(timezone.now())
    page = browser.get("/runs").text
    assert page.index("elder") < page.index("younger")
    assert ">well<" not in page
    assert "Finalize the run" in page
    complete = browser.get("/runs", {"reconciliation": "COMPLETE"}).text
    assert "well" in complete
    assert "elder" not in complete


def test_a_run_shows_each_promise_its_deadline_and_what_was_said(browser: Client, reviewer: Actor):
    made = run(reviewer, *[key for key in FOUR if key != FINALIZE_RUN], minutes_ago=5)
    check_audits(timezone.now())
    page = browser.get(f"/runs/{made.pk}").text
    assert page.count("Done") == 6  # three badges, and three words beside them
    assert "Missing" in page
    assert "Stale" in page
    assert "STALE_RUN" in page
    assert "It was not finalized in time." in page


def test_what_comes_from_outside_is_shown_as_text(browser: Client, reviewer: Actor):
    made = run(reviewer, run_id="<script>alert(1)</script>")
    page = browser.get(f"/runs/{made.pk}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_page_that_shows_all_there_is_is_not_sent_again(browser: Client, reviewer: Actor):
    made = run(reviewer)
    page = browser.get(f"/runs/{made.pk}")
    seen = page.context["page"].fingerprint
    again = {"partial": "live", "seen": seen}
    assert browser.get(f"/runs/{made.pk}", again).status_code == 204
    audits.acknowledge(run_id=made.run_id, ack=Ack(FINALIZE_RUN), by=reviewer, now=timezone.now())
    assert browser.get(f"/runs/{made.pk}", again).status_code == 200


def test_the_page_of_a_loop_shows_what_it_promised(browser: Client, reviewer: Actor):
    trace = factories.run_loop(reviewer.tenant)
    page = browser.get(f"/loops/{trace.pk}").text
    assert "Promised and acknowledged" in page
    assert "rests meanwhile" in page


def test_a_loop_without_its_end_does_not_read_complete(browser: Client, reviewer: Actor):
    *_, trace = factories.run_loops(reviewer.tenant, times=3, message="no seat on flight 7")
    assert "Done, not finalized" not in browser.get(f"/loops/{trace.pk}").text
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM audit_acks WHERE action = 'finalize_run'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert "Done, not finalized" in browser.get(f"/loops/{trace.pk}").text


def test_the_list_asks_few_questions(
    browser: Client, reviewer: Actor, django_assert_max_num_queries
):
    for number in range(5):
        run(reviewer, run_id=f"run-{number}", minutes_ago=5)
    check_audits(timezone.now())
    browser.get("/runs")
    with django_assert_max_num_queries(6):
        browser.get("/runs")
