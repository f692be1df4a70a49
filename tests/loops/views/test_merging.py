"""Pages on which people say which failures are the same."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loops.actions import pattern_merges
from loops.engine import resuming
from loops.models import CannotLink, FailurePattern, LoopTrace
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import checkpoint_of, make_actor, make_tenant, run_loop
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
SEATS = "not enough seats on flight HAT1"
PLACES = "the plane to Berlin is fully booked"
KNOWN = {"error_type": "http", "agent_capability": "search", "api_endpoint": "/v1/search"}


@pytest.fixture
def admin() -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def pattern_of(trace: LoopTrace) -> FailurePattern:
    return FailurePattern.objects.get(incidents=trace.incident_id)


def two(actor: Actor) -> tuple[FailurePattern, FailurePattern]:
    return tuple(pattern_of(run_loop(actor.tenant, message=told)) for told in (SEATS, PLACES))


def merged(actor: Actor) -> tuple[FailurePattern, FailurePattern]:
    source, heir = two(actor)
    pattern_merges.merge(
        into=heir.pk, pattern_ids=[source.pk], reason="both full", by=actor, now=timezone.now()
    )
    return source, heir


def test_likeness_says_which_field_tells_two_patterns_apart(browser, admin):
    first = {"error_type": "http", "error_code": "A", "status_code": 503}
    second = {"error_type": "http", "error_code": "B", "status_code": 429, "api_endpoint": "/v2"}
    one, other = (pattern_of(run_loop(admin.tenant, **told)) for told in (first, second))

    page = browser.get(f"/patterns/{one.pk}/likeness").text

    assert f'id="near-{other.pk}"' in page
    assert "error code “B” instead of “A”" in page


def test_the_preview_says_what_a_merge_would_do_and_changes_nothing(browser, admin):
    source, heir = two(admin)

    page = browser.get(f"/patterns/{source.pk}/merge", {"with": heir.pk, "into": heir.pk}).text

    assert "Incidents" in page
    assert "They are one: merge" in page
    assert FailurePattern.objects.known().count() == 2


def test_two_patterns_are_merged_and_the_old_address_says_so(browser, admin):
    source, heir = two(admin)
    said = {"with": source.pk, "into": heir.pk, "do": "merge", "reason": "both mean full"}

    answer = browser.post(f"/patterns/{heir.pk}/merge", said)
    old = browser.get(f"/patterns/{source.pk}").text

    assert answer.headers["Location"] == f"/patterns/{heir.pk}/likeness"
    assert "This is part of another pattern now" in old
    assert "both mean full" in old
    assert f'href="/patterns/{heir.pk}"' in old
    assert f"/patterns/{source.pk}" not in browser.get("/patterns").text


def test_a_merge_without_a_reason_is_shown_again_with_what_is_missing(browser, admin):
    source, heir = two(admin)

    answer = browser.post(f"/patterns/{heir.pk}/merge", {"with": source.pk, "do": "merge"})

    assert answer.status_code == 422
    assert "Give a reason" in answer.text


def test_two_patterns_are_told_apart_from_the_preview_and_that_can_be_lifted(browser, admin):
    source, heir = two(admin)
    said = {"with": source.pk, "into": heir.pk, "do": "apart", "reason": "another airline"}
    browser.post(f"/patterns/{heir.pk}/merge", said)

    refused = browser.post(f"/patterns/{heir.pk}/merge", said | {"do": "merge"})
    link = CannotLink.objects.get()
    browser.post(f"/patterns/{heir.pk}/apart/{link.pk}/lift", {"reason": "the same after all"})

    assert refused.status_code == 409
    assert "another airline" in refused.text
    link.refresh_from_db()
    assert link.lifted_reason == "the same after all"


def test_a_merge_is_taken_back_on_the_page_of_the_merged_pattern(browser, admin):
    source, _ = merged(admin)

    answer = browser.post(f"/patterns/{source.pk}/unmerge", {"reason": "not so"})

    assert answer.headers["Location"] == f"/patterns/{source.pk}/likeness"
    page = browser.get(f"/patterns/{source.pk}/likeness").text
    assert "They are never merged" in page
    history = browser.get(f"/patterns/{source.pk}/likeness?tab=history").text
    assert "Pattern merge taken back" in history


def test_incidents_are_chosen_previewed_and_split_off(browser, admin):
    run_loop(admin.tenant, **KNOWN, status_code=503)
    taken = run_loop(admin.tenant, **KNOWN, status_code=429)
    pattern = pattern_of(taken)
    address = f"/patterns/{pattern.pk}/split"

    preview = browser.get(address, {"incident": taken.incident_id}).text
    answer = browser.post(address, {"incident": taken.incident_id, "reason": "a rate limit"})

    assert "status code 429" in preview
    assert answer.status_code == 302
    assert pattern_of(taken) != pattern


def test_what_cannot_be_told_apart_is_refused_with_the_reason(browser, admin):
    run_loop(admin.tenant, **KNOWN, status_code=503)
    same = run_loop(admin.tenant, **KNOWN, status_code=503)

    page = browser.get(
        f"/patterns/{pattern_of(same).pk}/split", {"incident": same.incident_id}
    ).text

    assert "read exactly like" in page


def test_a_rejection_is_listed_with_its_reason(browser, admin):
    trace = run_loop(admin.tenant)
    resuming.resolve(
        checkpoint_id=checkpoint_of(trace).pk, resolution="reject", note="too broad", by=admin,
        now=timezone.now(),
    )  # fmt: skip

    assert "too broad" in browser.get(f"/patterns/{pattern_of(trace).pk}/likeness?tab=history").text


def test_a_viewer_reads_all_of_it_and_is_told_who_may_act(admin):
    source, heir = two(admin)
    reader = signed_in(make_actor(admin.tenant, role=Role.VIEWER))

    pages = [
        reader.get(f"/patterns/{heir.pk}/likeness"),
        reader.get(f"/patterns/{heir.pk}/merge", {"with": source.pk}),
    ]

    assert all("reviewers can decide" in page.text for page in pages)


def test_the_pages_take_few_queries(
    browser, admin, django_assert_max_num_queries: DjangoAssertNumQueries
):
    source, heir = merged(admin)

    likeness = f"/patterns/{heir.pk}/likeness"
    for address in (likeness, f"{likeness}?tab=history", f"/patterns/{source.pk}"):
        with django_assert_max_num_queries(8):
            browser.get(address)
