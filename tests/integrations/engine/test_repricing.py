from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from integrations.actions import prices
from integrations.actions.daily import sum_up
from integrations.actions.prices import WantedPrice, WantedRun
from integrations.engine import repricing
from integrations.models import RepricingRun, UsageDay, UsageMeter, UsageRepricing, UsageSlice
from m25console.access import Actor
from m25console.refusals import InvalidInput, WrongState
from tests.integrations.building import NOW, an_integration, used
from tests.integrations.engine.test_ledger import broken

pytestmark = pytest.mark.django_db
OLD = NOW - timedelta(days=20)


def priced(by: Actor, *, model: str = "llama-3", dollars: str = "1", valid_from=OLD, now=NOW):
    cost = Decimal(dollars)
    wanted = WantedPrice(model, cost, cost, "Our own machines.", valid_from)
    return prices.enter(wanted=wanted, by=by, now=now)


def begun(by: Actor, *, now=NOW, **rest) -> RepricingRun:
    given = {"model": "", "since": OLD, "reason": "A price was missing."}
    return prices.reprice(wanted=WantedRun(**(given | rest)), by=by, now=now)


def day_of(row) -> tuple[int, int]:
    return UsageDay.objects.values_list("total_cost_cents", "unpriced_count").get(
        integration_id=row.pk
    )


def test_calls_without_a_price_get_one_and_the_sums_follow_while_the_limits_do_not(admin: Actor):
    row = an_integration(admin)
    used(row, model="llama-3", tokens_in=1000, tokens_out=0, cost_cents=7, now=OLD)
    used(row, model="gpt-4o", tokens_in=1000, tokens_out=500, now=OLD)
    sum_up(OLD.date(), now=NOW)
    assert day_of(row) == (8, 1)
    price = priced(admin)
    run = begun(admin)
    assert repricing.go_on(NOW) == {"changed": 1}
    run.refresh_from_db()
    assert (run.looked, run.changed, run.change_cents, run.finished_at) == (2, 1, 93, NOW)
    kept = UsageRepricing.objects.get()
    assert (kept.old_cents, kept.old_version) == (7, "")
    assert (kept.new_cents, kept.new_version) == (100, price.pk)
    assert day_of(row) == (101, 0)
    sum_up(OLD.date(), now=NOW)
    assert day_of(row) == (101, 0)
    alike = UsageSlice.objects.get(model="llama-3")
    assert (alike.our_cents, alike.their_cents) == (100, 7)
    assert sum(one.cents for one in UsageMeter.objects.all()) == 8


@pytest.mark.django_db(transaction=True)
def test_a_pass_changes_nothing_a_second_time_and_prices_again_only_on_request(admin: Actor):
    row = an_integration(admin)
    used(row, model="llama-3", tokens_in=1000, tokens_out=0, now=OLD)
    priced(admin)
    begun(admin)
    repricing.go_on(NOW)
    priced(admin, dollars="2", now=NOW + timedelta(seconds=1))
    begun(admin)
    assert repricing.go_on(NOW) == {"changed": 0}
    begun(admin, priced_too=True)
    assert repricing.go_on(NOW) == {"changed": 1}
    last = UsageRepricing.objects.order_by("id").last()
    assert (last.old_cents, last.new_cents) == (100, 200)
    assert day_of(row)[0] == 200
    assert broken(admin) == []


def test_a_pass_goes_on_where_it_stopped(admin: Actor, monkeypatch):
    monkeypatch.setattr(repricing, "AT_ONCE", 2)
    monkeypatch.setattr(repricing, "CHUNKS", 1)
    row = an_integration(admin)
    for number in range(5):
        used(row, model="llama-3", tokens_in=1000, now=OLD + timedelta(hours=number // 2))
    priced(admin)
    begun(admin)
    assert [repricing.go_on(NOW)["changed"] for _ in range(4)] == [2, 2, 1, 0]


def test_only_the_model_asked_for_and_only_since_then(admin: Actor):
    row = an_integration(admin)
    for model, moment in (("llama-3", OLD), ("llama-3", NOW), ("llama-4", NOW)):
        used(row, model=model, tokens_in=1000, now=moment)
    priced(admin, model="llama")
    begun(admin, model="llama-3", since=NOW - timedelta(days=1))
    assert repricing.go_on(NOW) == {"changed": 1}


def test_one_pass_at_a_time_and_none_without_a_reason(admin: Actor):
    begun(admin)
    with pytest.raises(WrongState):
        begun(admin)
    with pytest.raises(InvalidInput):
        begun(admin, reason=" ")


def test_what_was_repriced_is_history(admin: Actor):
    used(an_integration(admin), model="llama-3", tokens_in=1000, now=OLD)
    priced(admin)
    begun(admin)
    repricing.go_on(NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageRepricing.objects.update(new_cents=0)
