import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loops.actions import evaluations
from loops.domain.states import TrafficLabel
from loops.engine.promises import make_promises
from loops.models import Incident, PolicyEvaluation, PolicyRule, PreventionRecord
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import ask, make_actor, make_rule, make_tenant, prevent
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


@pytest.mark.parametrize(
    ("address", "title"),
    [("/preventions", "Nothing was prevented yet"), ("/evaluations", "Nobody has asked yet")],
)
def test_an_empty_list_shows_how_to_ask(browser: Client, address: str, title: str) -> None:
    page = text_of(browser, address)
    assert title in page
    assert "curl -X POST http://testserver/api/v1/evaluate" in page


def test_a_prevention_says_what_stopped_what(browser: Client, reader: Actor) -> None:
    record = prevent(reader.tenant, error_type="tool", message="no seat on flight HAT7")
    original = Incident.objects.get(pk=record.original_incident_id)

    page = text_of(browser, "/preventions")

    assert f'href="/preventions/{record.pk}"' in page
    assert "no seat on flight HAT7" in page
    assert "Prevented" in page
    assert f'href="/incidents/{original.pk}"' in page


def test_preventions_are_filtered(browser: Client, reader: Actor) -> None:
    first, second = prevent(reader.tenant), prevent(reader.tenant)

    def shown(query: str) -> list[str]:
        return [row.record.pk for row in browser.get(f"/preventions{query}").context["rows"]]

    assert shown("") == [second.pk, first.pk]
    assert shown(f"?policy={first.policy_id}") == [first.pk]
    assert shown(f"?pattern={second.pattern_id}") == [second.pk]
    assert shown("?outcome=prevented") == [second.pk, first.pk]
    assert shown("?outcome=nonsense") == [second.pk, first.pk]
    assert "No prevention passes these filters" in text_of(browser, "/preventions?outcome=failed")


def test_a_prevention_page_tells_the_whole_way(browser: Client, reader: Actor) -> None:
    record = prevent(reader.tenant)

    page = text_of(browser, f"/preventions/{record.pk}")

    for link in (
        f"/incidents/{record.original_incident_id}",
        f"/incidents/{record.original_incident_id}/timeline",
        f"/patterns/{record.pattern_id}",
        f"/policies/{record.policy_id}",
        f"/evaluations/{record.evaluation_id}",
    ):
        assert f'href="{link}"' in page
    assert record.blocked_incident_id in page
    assert "It counts as evidence" in page


def test_what_does_not_count_says_so(browser: Client, reader: Actor) -> None:
    record = prevent(reader.tenant)
    PolicyRule.objects.update(activated_at=timezone.now())

    assert "It does not count as evidence" in text_of(browser, f"/preventions/{record.pk}")


def test_evaluations_are_listed_and_filtered(browser: Client, reader: Actor) -> None:
    rule = make_rule(reader.tenant)
    blocked = ask(reader.tenant, agent_id="finder").evaluation.pk
    allowed = ask(reader.tenant, error_type="fine").evaluation.pk
    evaluations.label(
        evaluation_id=allowed, label=TrafficLabel.GOOD, source="", by=reader, now=timezone.now()
    )

    def shown(query: str) -> list[str]:
        return [row.evaluation.pk for row in browser.get(f"/evaluations{query}").context["rows"]]

    assert shown("") == [allowed, blocked]
    assert shown("?decision=block") == shown(f"?policy={rule.pk}") == [blocked]
    assert shown("?label=good") == [allowed]
    assert shown("?label=nonsense&decision=dance") == [allowed, blocked]
    page = text_of(browser, "/evaluations")
    assert "finder" in page
    assert "Proved good" in page


def test_an_evaluation_shows_every_verdict_and_why(browser: Client, reader: Actor) -> None:
    rule = make_rule(reader.tenant)
    watching = make_rule(reader.tenant, mode="shadow", activated_at=None, name="A watcher")
    milder = make_rule(reader.tenant, actions={"type": "warn"}, name="A milder one")
    asked = ask(reader.tenant, context={"region": "<eu>"}, message="too slow").evaluation

    page = text_of(browser, f"/evaluations/{asked.pk}")

    assert "Policy “Prevention: timeout” (revision 1) blocks it." in page
    assert "only watched: it is in shadow" in page
    assert "another one is stricter" in page
    assert "A watcher" in page
    assert "No prevention was recorded" in page
    assert "&lt;eu&gt;" in page
    assert f'href="/evaluations/{asked.pk}/regret"' in page
    assert {rule.pk, watching.pk, milder.pk} == {
        one["policy_id"] for one in PolicyEvaluation.objects.get().matched
    }


def test_lists_cost_a_fixed_number_of_queries(
    browser: Client, reader: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    prevent(reader.tenant, error_type="tool")
    for _ in range(8):
        ask(reader.tenant, error_type="tool")
    assert PreventionRecord.objects.count() == 9

    with django_assert_max_num_queries(MOST_QUERIES):
        text_of(browser, "/preventions")
    with django_assert_max_num_queries(MOST_QUERIES):
        text_of(browser, "/evaluations")


@pytest.mark.parametrize("days", ["7", "30", "90", "nonsense"])
def test_a_replay_shows_its_verdict_and_its_lists(
    browser: Client, reader: Actor, days: str
) -> None:
    record = prevent(reader.tenant)

    page = text_of(browser, f"/policies/{record.policy_id}/replay?days={days}")

    assert "Stops 0 of 0 others, blocks 0 of 0 good requests" in page
    assert "Blocked, outcome unknown" in page
    assert f'href="/evaluations/{record.evaluation_id}"' in page
    assert "It was learned from these" in page


def test_a_replay_of_a_policy_that_cannot_be_read_says_so(browser: Client, reader: Actor) -> None:
    rule = make_rule(reader.tenant, conditions={"expression": "x"})

    assert "cannot be read" in text_of(browser, f"/policies/{rule.pk}/replay")


def test_the_policy_page_leads_to_its_replay_and_says_what_it_promised(
    browser: Client, reader: Actor
) -> None:
    record = prevent(reader.tenant)
    make_promises(timezone.now())

    page = text_of(browser, f"/policies/{record.policy_id}")

    for link in (
        f"/policies/{record.policy_id}/replay",
        f"/evaluations?policy={record.policy_id}",
        f"/preventions?policy={record.policy_id}",
    ):
        assert f'href="{link}"' in page
    assert "Promised and actual" in page
