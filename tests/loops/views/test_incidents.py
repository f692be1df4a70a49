from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loops.models import Incident, LoopTrace
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import advance, make_actor, make_tenant, report, run_loop, run_loops
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script> \u202egnp.exe\u200b 👩\u200d💻"
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


def incident_of(trace: LoopTrace) -> Incident:
    return Incident.objects.get(pk=trace.incident_id)


def test_a_tenant_without_incidents_is_told_how_they_come(browser: Client) -> None:
    assert "No incidents yet" in text_of(browser, "/incidents")


def test_a_row_tells_what_how_bad_where_and_what_became_of_it(
    browser: Client, reader: Actor
) -> None:
    run_loops(reader.tenant, times=2, title="Search is slow", severity="high", agent_id="finder")
    newest = LoopTrace.objects.newest_first()[0]

    page = text_of(browser, "/incidents")

    for told in ("Search is slow", "High", "timeout", "finder", "no. 2 of 2", "first of 2"):
        assert told in page
    assert "Waiting for a person" in page
    assert f'href="/loops/{newest.pk}"' in page
    assert f'href="/patterns/{incident_of(newest).matched_pattern_id}"' in page


def test_an_incident_nobody_compared_yet_is_listed_too(browser: Client, reader: Actor) -> None:
    report(reader.tenant, title="Just in")

    page = text_of(browser, "/incidents")

    assert "Just in" in page
    assert "not matched" in page
    assert "In progress" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("severity=low", {"quiet"}),
        ("severity=nonsense", {"quiet", "loud"}),
        ("error_type=rate_limit", {"loud"}),
        ("status=open", {"quiet", "loud"}),
        ("status=resolved", set()),
        ("outcome=waiting", {"quiet"}),
        ("outcome=running", {"loud"}),
        ("outcome=waiting&severity=critical", set()),
        ("pattern=pat_0", set()),
        ("pattern=%00", {"quiet", "loud"}),
    ],
)
def test_filters_in_the_address_narrow_the_list(
    browser: Client, reader: Actor, query: str, shown: set[str]
) -> None:
    run_loop(reader.tenant, title="quiet", severity="low")
    report(reader.tenant, title="loud", severity="critical", error_type="rate_limit")

    page = text_of(browser, f"/incidents?{query}")

    assert {title for title in ("quiet", "loud") if f"<bdi>{title}</bdi>" in page} == shown


def test_a_pattern_s_incidents_can_be_listed(browser: Client, reader: Actor) -> None:
    mine = run_loop(reader.tenant, title="mine")
    run_loop(reader.tenant, title="another", error_type="auth_error")

    page = text_of(browser, f"/incidents?pattern={incident_of(mine).matched_pattern_id}")

    assert "mine" in page
    assert "another" not in page


@pytest.mark.parametrize("query", ["", "?outcome=running"])
def test_pages_go_on_where_the_last_one_ended_though_more_arrive(
    browser: Client, reader: Actor, query: str
) -> None:
    report(reader.tenant, times=70)
    first = browser.get(f"/incidents{query}")
    report(reader.tenant, times=5)

    second = browser.get("/incidents" + first.context["next_url"])

    pages = [[row.incident_id for row in page.context["rows"]] for page in (first, second)]
    assert [len(page) for page in pages] == [50, 20]
    assert len(set(pages[0] + pages[1])) == 70
    assert second.context["next_url"] == ""
    assert browser.get("/incidents" + second.context["previous_url"]).context["rows"][0].incident_id


def test_what_came_since_is_offered_and_not_pushed_in(browser: Client, reader: Actor) -> None:
    report(reader.tenant)
    page = browser.get("/incidents?error_type=timeout")
    since = page.context["page"].first
    report(reader.tenant, times=3)
    report(reader.tenant, error_type="auth_error")

    news = f"/incidents?error_type=timeout&partial=news&since={since}"

    assert "3 new — show" in text_of(browser, news)
    assert 'href="?error_type=timeout"' in text_of(browser, news)


def test_no_news_is_an_empty_answer(browser: Client, reader: Actor) -> None:
    report(reader.tenant)
    since = browser.get("/incidents").context["page"].first

    assert text_of(browser, f"/incidents?partial=news&since={since}").strip() == ""


def test_a_full_list_costs_as_many_queries_as_a_short_one(
    browser: Client, reader: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    report(reader.tenant, times=60)
    advance()

    for query in ("", "?outcome=waiting", "?partial=news"):
        with django_assert_max_num_queries(MOST_QUERIES):
            text_of(browser, f"/incidents{query}")


def test_an_incident_is_shown_in_full(
    browser: Client, reader: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run_loop(reader.tenant, message="Error: no seats on flight HAT139", error_type="step_failure")
    trace = run_loop(
        reader.tenant,
        error_type="step_failure",
        message="Error: no seats on flight HAT290",
        agent_id="booker",
        status_code=409,
        run_id="run-7",
        external_id="ext-1",
        context={"order": {"items": [{"price": 12.5}]}},
    )

    with django_assert_max_num_queries(MOST_QUERIES + 2):
        page = text_of(browser, f"/incidents/{trace.incident_id}")

    for told in ("HAT290", "booker", "409", "run-7", "ext-1", "order.items[0].price", "12.5"):
        assert told in page
    assert f'href="/loops/{trace.pk}"' in page
    assert "the same message but for its variable parts" in page
    assert "HAT139" in page  # among the others of its pattern


def test_a_match_by_fields_says_which_agreed(browser: Client, reader: Actor) -> None:
    fields = {"agent_capability": "search", "api_endpoint": "/v1/find"}
    run_loop(reader.tenant, status_code=504, **fields)
    second = run_loop(reader.tenant, status_code=500, **fields)

    page = text_of(browser, f"/incidents/{second.incident_id}")

    assert "similar fields" in page
    assert "Status code: different" in page
    assert "Endpoint: equal" in page


def test_a_message_of_thirty_kilobytes_is_there_to_its_last_word(
    browser: Client, reader: Actor
) -> None:
    message = "\n".join(f"line {number} of a long trace" for number in range(1000)) + "\nLAST WORD"
    trace = run_loop(reader.tenant, message=message)

    page = text_of(browser, f"/incidents/{trace.incident_id}")

    assert "LAST WORD" in page
    assert "more lines" in page


def test_an_incident_that_waits_for_a_worker_has_a_page(browser: Client, reader: Actor) -> None:
    [receipt] = report(reader.tenant)

    page = text_of(browser, f"/incidents/{receipt.incident_id}")

    assert "not compared with the known patterns yet" in page


@pytest.mark.parametrize(
    "address",
    [
        lambda trace: "/incidents",
        lambda trace: f"/incidents/{trace.incident_id}",
        lambda trace: "/loops",
        lambda trace: f"/loops/{trace.pk}",
        lambda trace: "/patterns",
        lambda trace: f"/patterns/{incident_of(trace).matched_pattern_id}",
    ],
)
def test_hostile_text_is_only_text(
    browser: Client, reader: Actor, address: Callable[[LoopTrace], str]
) -> None:
    hostile = dict.fromkeys(("title", "error_type", "error_code", "agent_id", "message"), HOSTILE)
    traces = [run_loop(reader.tenant, **hostile, context={HOSTILE: [HOSTILE]}) for _ in range(2)]

    page = text_of(browser, address(traces[-1]))

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "\u200b" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "⟨U+202E⟩" in page
    assert "👩\u200d💻" in page


def test_another_tenant_s_incident_does_not_exist(browser: Client) -> None:
    foreign = run_loop(make_tenant(), title="secret")

    assert browser.get(f"/incidents/{foreign.incident_id}").status_code == 404
    assert "secret" not in text_of(browser, "/incidents")


def test_an_impossible_id_is_nothing_rather_than_a_fault(browser: Client) -> None:
    assert browser.get("/incidents/inc_%00").status_code == 404
    assert browser.get("/incidents/nothing").status_code == 404


def test_strangers_must_sign_in(client: Client) -> None:
    assert client.get("/incidents")["Location"].startswith("/sign-in/")
