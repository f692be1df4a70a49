from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions.enforcement import Question, ask
from integrations.domain.enforcement import Wanted
from integrations.models import EnforcementConfig, EnforcementDecision, Integration, LimitRaise
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import an_integration, used
from tests.integrations.views.test_integrations import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def observing(admin: Actor) -> Integration:
    """An integration whose budget is passed and only observes, with two calls it let through."""
    now = timezone.now()
    row = an_integration(admin, is_enabled=True, now=now, budget_limit_cents=10, enforces=False)
    used(row, now=now, cost_cents=10)
    ask([Question(row.pk, Wanted(cents=635))] * 2, tenant=admin.tenant, now=now)
    return row


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_what_would_have_been_stopped_is_told_before_it_is(admin: Actor, browser: Client):
    row = observing(admin)
    for path in ("/limits", f"/integrations/{row.pk}", f"/integrations/{row.pk}/limits"):
        assert "Would have stopped 2 calls, $12.70, since" in text_of(browser, path)
    browser.post(f"/integrations/{row.pk}/enforce")
    row.refresh_from_db()
    assert row.enforces
    assert "Would have stopped" not in text_of(browser, f"/integrations/{row.pk}/limits")


def test_an_admin_chooses_what_holds_for_all_integrations(admin: Actor, browser: Client):
    browser.post("/limits", {"fail_mode": "closed", "warn_at": "90, 60 %"})
    assert EnforcementConfig.objects.get().warn_at == [60, 90]
    wrong = browser.post("/limits", {"fail_mode": "closed", "warn_at": "ninety"})
    assert wrong.status_code == 422
    assert "whole numbers" in wrong.content.decode()
    viewer = signed_in(make_actor(admin.tenant, role=Role.VIEWER))
    assert viewer.post("/limits", {"fail_mode": "open"}).status_code == 403
    assert "no budget is passed" in text_of(viewer, "/limits")


def test_limits_are_raised_for_a_while_and_may_be_taken_back(admin: Actor, browser: Client):
    row, page = observing(admin), "/integrations/{}/raise"
    until = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    sent = {"budget": "20", "until": until, "reason": "The launch."}
    assert browser.post(page.format(row.pk), sent | {"budget": "0.05"}).status_code == 422
    browser.post(page.format(row.pk), sent)
    assert LimitRaise.objects.get().approved_by == admin.user
    assert "The launch." in text_of(browser, f"/integrations/{row.pk}/limits")
    browser.post(page.format(row.pk) + "/end")
    assert not LimitRaise.objects.exists()


def test_a_decision_is_found_opened_and_taken_away(admin: Actor, browser: Client):
    row = observing(admin)
    kept = EnforcementDecision.objects.first()
    assert kept is not None
    listed = text_of(browser, f"/limits/decisions?result=warned&integration={row.pk}&days=1")
    assert f'href="/limits/decisions/{kept.pk}"' in listed
    assert kept.pk not in text_of(browser, "/limits/decisions?result=blocked")
    page = text_of(browser, f"/limits/decisions/{kept.pk}")
    for told in ("Budget of the month", "$0.10", "$6.45", "ENFORCEMENT_V1", "only observe"):
        assert told in page
    file = browser.post("/exports?result=warned", {"table": "decisions", "format": "csv"})
    assert b"budget_exceeded" in b"".join(file.streaming_content)  # type: ignore[attr-defined]
