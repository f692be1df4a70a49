import pytest
from django.test import Client
from django.utils import timezone

from integrations.actions.daily import sum_up
from integrations.engine import repricing
from integrations.models import OwnPrice, UsageRecord
from m25console.access import Actor
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import an_integration, used
from tests.integrations.views.test_integrations import signed_in
from tests.integrations.views.test_limits import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(admin: Actor) -> Client:
    return signed_in(admin)


def test_an_unpriced_model_gets_a_price_and_its_past_calls_do(admin: Actor, browser: Client):
    now = timezone.now()
    row = an_integration(admin, now=now)
    used(row, now=now, model="llama-3", tokens_in=1000, tokens_out=0, cost_cents=7)
    sum_up(now.date(), now=now)
    assert "1 model, 1 call, since" in text_of(browser, "/prices")
    today = f"{now:%Y-%m-%d}"
    price = {"model": "Llama-3", "dollars_in": "500", "dollars_out": "500", "reason": "Ours."}
    browser.post("/prices/new", price | {"valid_from": today})
    assert OwnPrice.objects.get().model == "llama-3"
    browser.post("/prices/reprice", {"since": today, "reason": "It had none."})
    assert "Repricing" in text_of(browser, "/prices")
    repricing.go_on(now)
    page = text_of(browser, "/prices")
    assert "Every model called in 90 days has a price" in page
    assert "<strong>1</strong> of 1 call changed, $0.43 in all" in page
    assert UsageRecord.objects.get().cost_cents == 7
    assert "repriced, was $0.07" in text_of(browser, f"/integrations/{row.pk}/usage")
    browser.post(f"/prices/{OwnPrice.objects.get().pk}/end")
    assert OwnPrice.objects.get().ended_at is not None


def test_a_faulty_price_is_told_at_its_fields_and_a_viewer_enters_none(
    admin: Actor, browser: Client
):
    wrong = browser.post("/prices/new", {"model": "x", "dollars_in": "-1"})
    assert wrong.status_code == 422
    assert "field-error" in wrong.content.decode()
    viewer = signed_in(make_actor(admin.tenant, role=Role.VIEWER))
    sent = {"model": "x", "dollars_in": 1, "dollars_out": 1, "reason": "w"}
    today = f"{timezone.now():%Y-%m-%d}"
    assert viewer.post("/prices/new", sent | {"valid_from": today}).status_code == 403
    assert "Enter a price" not in text_of(viewer, "/prices")
