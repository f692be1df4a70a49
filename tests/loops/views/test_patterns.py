from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loops.models import FailurePattern, Incident, PolicyRule
from loops.presenters.occurrences import charts
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import make_actor, make_pattern, make_tenant, run_loop, run_loops
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 8  # the session, the person and six more


@pytest.fixture
def reader() -> Actor:
    return make_actor(make_tenant(), role=Role.VIEWER)


@pytest.fixture
def browser(reader: Actor) -> Client:
    return signed_in(reader)


def text_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def seats(actor: Actor, *, times: int = 2) -> FailurePattern:
    """A pattern of messages that differ in a number."""
    for number in range(times):
        run_loop(actor.tenant, error_type="tool", message=f"Error: no seats on flight {number + 7}")
    return FailurePattern.objects.get(tenant=actor.tenant, error_type="tool")


def test_a_tenant_without_patterns_is_told_how_they_come(browser: Client) -> None:
    assert "No patterns yet" in text_of(browser, "/patterns")


def test_a_row_shows_the_template_with_its_places_marked(browser: Client, reader: Actor) -> None:
    pattern = seats(reader, times=3)

    page = text_of(browser, "/patterns")

    assert 'Error: no seats on flight <span class="wild">&lt;*&gt;</span>' in page
    assert f'href="/patterns/{pattern.pk}"' in page
    assert f"In the last 14 days: 3 on {timezone.now():%-d %B}" in page
    assert "Shadow" in page  # its policy


def test_a_pattern_without_messages_is_named_by_its_fields(browser: Client, reader: Actor) -> None:
    run_loop(reader.tenant, api_endpoint="/v1/find", status_code=504)

    assert "timeout, endpoint /v1/find, status code 504" in text_of(browser, "/patterns")


def test_the_order_can_be_chosen(browser: Client, reader: Actor) -> None:
    run_loops(reader.tenant, times=2, error_type="often")
    run_loop(reader.tenant, error_type="lately")

    def order(query: str) -> list[str]:
        rows = browser.get(f"/patterns{query}").context["rows"]
        return [row.pattern.error_type for row in rows]

    assert order("") == ["often", "lately"]
    assert order("?order=latest") == ["lately", "often"]
    assert order("?order=nonsense") == order("")


@pytest.mark.parametrize("query", ["", "?order=latest"])
def test_pages_go_on_where_the_last_one_ended_though_more_arrive(
    browser: Client, reader: Actor, query: str
) -> None:
    for number in range(40):
        make_pattern(reader.tenant, error_type=f"known-{number}", occurrence_count=number % 3)
    first = browser.get(f"/patterns{query}")
    make_pattern(reader.tenant, error_type="new", occurrence_count=99)

    second = browser.get("/patterns" + first.context["next_url"])

    pages = [[row.pattern.pk for row in page.context["rows"]] for page in (first, second)]
    assert [len(page) for page in pages] == [25, 15]
    assert len(set(pages[0] + pages[1])) == 40


def test_a_full_list_costs_as_many_queries_as_a_short_one(
    browser: Client, reader: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_pattern(reader.tenant, error_type=f"known-{number}")
    seats(reader)

    with django_assert_max_num_queries(MOST_QUERIES):
        text_of(browser, "/patterns")


def test_the_page_says_what_counts_and_what_does_not(browser: Client, reader: Actor) -> None:
    by_message = text_of(browser, f"/patterns/{seats(reader).pk}")
    run_loop(reader.tenant, context={"region": "eu"})
    by_fields = text_of(browser, f"/patterns/{FailurePattern.objects.get(error_type='timeout').pk}")

    assert "its constant words, in their order" in by_message
    assert "Values in the places marked &lt;*&gt;" in by_message
    assert "Names in the context" in by_fields
    assert "region" in by_fields
    assert "Values in the context" in by_fields


def test_each_incident_says_why_it_is_here(browser: Client, reader: Actor) -> None:
    pattern = seats(reader, times=3)
    [newest] = Incident.objects.newest_first()[:1]

    page = text_of(browser, f"/patterns/{pattern.pk}")

    assert "began this pattern" in page
    assert "no. 3, by the same message but for its variable parts" in page
    assert '<code class="token">flight</code>' in page
    assert f'href="/incidents/{newest.pk}"' in page


def test_the_runner_up_is_linked(browser: Client, reader: Actor) -> None:
    alike = {"agent_capability": "search", "api_endpoint": "/v1/find"}
    nearly = make_pattern(reader.tenant, status_code=504, error_code="E1", **alike)
    best = make_pattern(reader.tenant, status_code=500, **alike)
    run_loop(reader.tenant, status_code=504, **alike)

    page = text_of(browser, f"/patterns/{best.pk}")

    assert "Next best" in page
    assert f'href="/patterns/{nearly.pk}"' in page
    assert "with 80%" in page


def test_recoveries_are_listed_with_what_became_of_them(browser: Client, reader: Actor) -> None:
    pattern = seats(reader, times=2)

    page = text_of(browser, f"/patterns/{pattern.pk}")

    assert "2 suggested" in page
    assert "Escalate to a person" in page
    assert "It has no remedy of its own" in page


def test_a_pattern_s_own_remedy_is_told_in_words(browser: Client, reader: Actor) -> None:
    pattern = make_pattern(
        reader.tenant,
        auto_apply_recovery=True,
        recovery_template={
            "action_type": "retry",
            "action_params": {"max_retries": 2, "backoff_seconds": 9},
        },
    )

    page = text_of(browser, f"/patterns/{pattern.pk}")

    assert "Retry up to 2 times, 9 seconds apart" in page
    assert "applied without asking where the tenant has earned that" in page
    assert "&quot;backoff_seconds&quot;: 9" in page
    assert "No incident was matched to it yet." in page


def test_a_template_with_an_action_nobody_knows_is_shown_as_it_is(
    browser: Client, reader: Actor
) -> None:
    pattern = make_pattern(reader.tenant, recovery_template={"action_type": "<dance>"})

    assert "&lt;dance&gt;" in text_of(browser, f"/patterns/{pattern.pk}")


def test_the_live_policy_is_preferred_to_a_newer_disabled_one(
    browser: Client, reader: Actor
) -> None:
    pattern = seats(reader, times=3)
    live = PolicyRule.objects.get(source_pattern=pattern)
    live.pk, live.mode, live.name = "pol_newer", "disabled", "A newer one"
    live.created_at = timezone.now()
    live.save(force_insert=True)

    page = text_of(browser, f"/patterns/{pattern.pk}")

    assert "Prevention: tool" in page
    assert "A newer one" not in page


def test_a_pattern_page_costs_a_fixed_number_of_queries(
    browser: Client, reader: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pattern = seats(reader, times=6)

    with django_assert_max_num_queries(MOST_QUERIES + 4):
        text_of(browser, f"/patterns/{pattern.pk}")


def test_days_are_counted_apart_and_only_so_far(reader: Actor) -> None:
    pattern = seats(reader, times=4)
    now = timezone.now()
    newest = Incident.objects.newest_first().values_list("pk", flat=True)
    Incident.objects.filter(pk=newest[0]).update(created_at=now - timedelta(days=2))
    Incident.objects.filter(pk=newest[1]).update(created_at=now - timedelta(days=14))

    chart = charts(tenant=reader.tenant, pattern_ids=[pattern.pk], now=now, limit=1)[pattern.pk]

    assert len(chart.days) == 14
    assert {day.day: day.told for day in chart.days if day.times} == {
        (now - timedelta(days=2)).date(): "1",
        now.date(): "1+",
    }
    assert chart.days[-1].height == chart.height


def test_another_tenant_s_pattern_does_not_exist(browser: Client) -> None:
    foreign = seats(make_actor(make_tenant()))

    assert browser.get(f"/patterns/{foreign.pk}").status_code == 404
    assert "flight" not in text_of(browser, "/patterns")
