"""Charts of what was used, what is spent through all integrations, and the first event."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions import daily, limits
from integrations.actions.limits import WantedRaise
from integrations.domain import usage as rules
from integrations.domain.enforcement import Limits
from integrations.engine import troubles
from integrations.models import Integration, UsageDay, UsageRecord
from integrations.sample import providers
from loops.models import Incident
from m25console.access import Actor
from tests.integrations.building import an_integration, used
from tests.integrations.views.test_integrations import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def counted(row: Integration, *, days_ago: int = 0, times: int = 1, **call) -> None:
    """Calls of one day, with that day's sums made."""
    at = timezone.now() - timedelta(days=days_ago)
    for _ in range(times):
        used(row, now=at, **call)
    daily.sum_up(at.date(), now=timezone.now(), tenant=row.tenant)


def test_the_bound_within_which_most_calls_come_back():
    assert rules.within([90, 5, 5, 0, 0, 0, 0, 0], share=0.95) == 1000
    assert rules.within([0, 0, 0, 0, 0, 0, 0, 3], share=0.95) == 60_000
    assert rules.within([], share=0.95) is None


@pytest.mark.parametrize(
    ("used_cents", "a_day", "spent"),
    [
        (9_000, 100.0, date(2026, 3, 20)),
        (9_000, 60.0, date(2026, 3, 27)),
        (9_000, 50.0, date(2026, 3, 30)),
        (9_000, 40.0, None),
        (9_000, 0.0, None),
        (10_000, 0.0, date(2026, 3, 10)),
    ],
)
def test_a_budget_is_used_up_at_the_pace_of_the_last_days(used_cents, a_day, spent):
    today, ends = date(2026, 3, 10), date(2026, 3, 31)
    told = rules.spent_on(used=used_cents, limit=10_000, a_day=a_day, today=today, ends=ends)
    assert told == spent


def test_the_usage_of_an_integration_is_drawn_by_day_and_model(admin: Actor, browser: Client):
    row = an_integration(admin, budget_limit_cents=1_000)
    counted(row, model="gpt-4o", tokens_in=40_000, tokens_out=0, latency_ms=700)
    counted(row, days_ago=1, model="an-unlisted-model", cost_cents=7, error_code="timeout")
    page = browser.get(f"/integrations/{row.pk}/usage").content.decode()
    for told in ("$0.17 in thirty days", "gpt-4o", "Of models without a price: 1 call", "50.0%"):
        assert told in page
    assert "95 in 100 calls came back within 1,000 ms" in page
    assert "are used this month" in page
    given = {"table": "usage-calls", "of": row.pk, "format": "csv"}
    told = b"".join(browser.post("/exports", given).streaming_content).decode()
    assert len(told.splitlines()) == 3


def test_a_budget_that_is_raised_is_compared_with_while_it_is(admin: Actor, browser: Client):
    row = an_integration(admin, budget_limit_cents=1_000)
    counted(row, cost_cents=1_200)
    address, now = f"/integrations/{row.pk}/usage", timezone.now()
    assert "The budget is used up until the month ends." in browser.get(address).content.decode()
    wanted = WantedRaise(Limits(budget_cents=2_000), now + timedelta(days=1), "A busy week.")
    limits.raise_limits(integration_id=row.pk, wanted=wanted, by=admin, now=now)
    page = browser.get(address).content.decode()
    assert "$12.00 of $20.00 are used this month. It is raised until" in page
    assert "then $10.00 holds again" in page


def test_what_all_integrations_spent_is_stacked_and_the_movers_are_told(
    admin: Actor, browser: Client, other_admin: Actor
):
    assert "No calls are reported yet" in browser.get("/usage").content.decode()
    counted(an_integration(other_admin, name="Not ours"), cost_cents=900)
    rising, steady = (an_integration(admin, name=one) for one in ("Rising", "Steady"))
    counted(rising, cost_cents=500)
    for days_ago in (2, 40):
        counted(steady, days_ago=days_ago, cost_cents=120)
    page = browser.get("/usage").content.decode()
    assert "$6.20" in page
    assert "+$5.00" in page
    assert page.index("Rising") < page.rindex("Steady")
    assert "Not ours" not in page
    given = {"table": "usage-days", "format": "csv"}
    told = b"".join(browser.post("/exports", given).streaming_content).decode()
    assert len(told.splitlines()) == 4


def test_many_calls_without_a_price_are_one_incident_a_month(admin: Actor):
    row, now = an_integration(admin), timezone.now()
    counted(row, times=19)
    assert troubles.report_unpriced(now) == {"tenants": 0}
    counted(row, times=1)
    for _ in range(2):
        assert troubles.report_unpriced(now) == {"tenants": 1}
    told = Incident.objects.get()
    assert (told.error_type, told.context) == ("usage_unpriced", {"calls": 20, "unpriced": 20})


def test_the_page_waits_for_the_first_event_and_remembers_it(admin: Actor, browser: Client):
    row = an_integration(admin)
    made = browser.post(f"/integrations/{row.pk}/keys").content.decode()
    assert "http://testserver/api/v1/telemetry/llm-usage" in made
    assert "Waiting for the first event" in made
    assert "Waiting for the first event" in browser.get(f"/integrations/{row.pk}").content.decode()
    used(row, now=timezone.now(), call_id="the-very-first", agent_id="an-agent")
    used(row, now=timezone.now(), call_id="another")
    page = browser.get(f"/integrations/{row.pk}").content.decode()
    for told in ("First event", "an-agent", "the-very-first"):
        assert told in page
    assert "another" not in page


def test_the_demo_has_a_connection_of_each_kind_and_a_month_of_usage(
    admin: Actor, browser: Client, settings
):
    now = timezone.now()
    with providers.servers() as servers:
        settings.OUTBOUND_ALLOW = frozenset(servers.values())
        for _ in range(2):
            providers.furnish(admin, servers, now)
    rows = Integration.objects.for_tenant(admin.tenant)
    assert len({one.provider_type for one in rows}) == 5
    assert rows.count() == 6
    assert UsageDay.objects.values("date").distinct().count() >= 29
    assert UsageRecord.objects.filter(price_version="").exists()
    page = browser.get("/integrations").content.decode()
    assert "90%" in page or now.day == 1
    assert "Support assistant" in browser.get("/usage").content.decode()
