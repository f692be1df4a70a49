"""Dashboards: what was counted, in any period, at the same price."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.domain.figures import Series
from loops.engine import resuming
from loops.engine.figures import count_figures
from loops.models import Figure
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client


def chart(answer: Any, key: str) -> Any:
    return next(one for one in answer.context["charts"] if one.key == key)


def reject(tenant: Tenant, *, by: Actor) -> None:
    trace = factories.run_loop(tenant)
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="reject",
        note="It would charge twice.",
        by=by,
        now=timezone.now(),
    )


def test_spec_79_a_dashboard_tells_what_happened_in_words_and_in_a_table(tenant):
    reviewer = factories.make_actor(tenant)
    reject(tenant, by=reviewer)
    count_figures(timezone.now())

    answer = browser_of(reviewer).get("/dashboards")

    assert chart(answer, "loops").summary == "1 loop: 1 ended."
    assert chart(answer, "decisions").summary == "1 decision: 1 rejected."
    [agreed] = chart(answer, "decisions").notes
    assert agreed.startswith("Too few proposals")
    assert [row.answer.text for row in answer.context["doors"]] == ["Rejected"]
    page = answer.content.decode()
    assert 'data-chart="stacked"' in page
    assert page.count("As a table") >= 3
    assert "Counted by the hour as of" in page


@pytest.mark.parametrize(
    ("period", "rows"), [("24h", 24), ("7d", 7), ("30d", 30), ("90d", 90), ("never", 7)]
)
def test_spec_79_the_period_is_in_the_address(tenant, period, rows):
    answer = browser_of(factories.make_actor(tenant)).get(f"/dashboards?period={period}")

    assert len(chart(answer, "loops").rows) == rows


def test_an_empty_period_says_so_instead_of_drawing_nothing(tenant):
    page = browser_of(factories.make_actor(tenant)).get("/dashboards").content.decode()

    assert "No loop began in this period." in page
    assert "Nothing is counted yet" in page
    assert "data-chart" not in page


def test_few_answers_make_no_percentile(tenant):
    reviewer = factories.make_actor(tenant)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    wait = {"tenant": tenant, "hour": hour, "series": Series.WAITS}
    Figure.objects.create(**wait, label="normal/85", value=4)

    browser = browser_of(reviewer)
    [few] = browser.get("/dashboards").context["waits"]
    Figure.objects.create(**wait, label="normal/130", value=6)
    [enough] = browser.get("/dashboards").context["waits"]

    assert (few.half, few.most, few.is_late) == (None, None, False)
    assert enough.answered == 10
    assert enough.most == pytest.approx(10 ** (130 / 24))
    assert enough.is_late


def test_policies_are_told_as_they_stood_then(tenant):
    policy = factories.make_policy(tenant)
    factories.activate(policy)
    count_figures(timezone.now())

    answer = browser_of(factories.make_actor(tenant)).get("/dashboards/learning")

    lines = {line.look.text: line.values for line in chart(answer, "policies").lines}
    assert lines["Active"] == [0, 0, 0, 0, 0, 0, 1]
    assert lines["Shadow"] == [0] * 7
    assert answer.context["trust"] is None


def test_load_is_for_admins_and_listed_by_name(tenant):
    zoe = factories.make_actor(tenant, user=factories.make_user(username="zoe"))
    admin = factories.make_actor(tenant, role=Role.ADMIN, user=factories.make_user(username="abel"))
    reject(tenant, by=zoe)
    count_figures(timezone.now())

    assert browser_of(zoe).get("/dashboards/load").status_code == 403
    rows = browser_of(admin).get("/dashboards/load").context["load"]
    assert [(row.name, row.decided) for row in rows] == [("abel", 0), ("zoe", 1)]


def test_nothing_of_another_tenant_is_counted(tenant):
    factories.run_loop(factories.make_tenant())
    count_figures(timezone.now())

    answer = browser_of(factories.make_actor(tenant)).get("/dashboards")

    assert chart(answer, "loops").is_empty


@pytest.mark.parametrize("page", ["/dashboards", "/dashboards/learning", "/dashboards/load"])
def test_spec_79_a_page_takes_as_many_queries_with_much_as_with_little(
    tenant, page, django_assert_max_num_queries
):
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    Figure.objects.bulk_create(
        Figure(tenant=tenant, hour=now - timedelta(hours=n), series=series, label=label, value=3)
        for n in range(200)
        for series, label in [
            ("loops", "complete"), ("decisions", "reject/web"), ("waits", "high/40"),
            ("preventions", "prevented"), ("verifications", "verified"),
        ]
    )  # fmt: skip
    browser = browser_of(factories.make_actor(tenant, role=Role.ADMIN))

    with django_assert_max_num_queries(8):
        assert browser.get(f"{page}?period=90d").status_code == 200


def test_a_period_is_told_beside_the_one_before_it(tenant):
    reviewer = factories.make_actor(tenant)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for days, loops in ((1, 5), (8, 1200), (15, 9)):
        when = {"hour": hour - timedelta(days=days), "series": Series.LOOPS}
        Figure.objects.create(tenant=tenant, **when, label="complete", value=loops)

    answer = browser_of(reviewer).get("/dashboards?period=7d")

    first, *others = answer.context["compared"]
    assert (first.measure.value, first.before, first.trend) == (5, 1200, "down")
    assert [one.trend for one in others] == ["same", "same", "", ""]
    told = " ".join(answer.content.decode().split())
    assert "down from 1,200" in told
    assert "the last 7 days against the 7 days before" in told
