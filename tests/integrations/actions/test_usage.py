from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from integrations.actions import integrations, usage
from integrations.actions.daily import sum_up
from integrations.actions.usage import Taken
from integrations.domain.states import PolicyResult
from integrations.models import UsageDay, UsageMeter, UsageRecord
from integrations.overview import summary
from m25console.access import Actor
from tests.integrations.building import NOW, a_call, an_integration, used

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def taken(calls, by: Actor, *, now=NOW) -> list[Taken]:
    return [one.taken for one in usage.ingest(calls, tenant=by.tenant, now=now)]


def metered(row) -> tuple[int, int, int]:
    rows = UsageMeter.objects.filter(integration_id=row.pk)
    return (
        sum(one.cents for one in rows),
        sum(one.tokens for one in rows),
        sum(one.calls for one in rows),
    )


def test_int_40_a_call_is_stored_once(admin: Actor):
    call = a_call(an_integration(admin))
    assert taken([call], admin) == [Taken.ACCEPTED]
    assert taken([call], admin) == [Taken.DUPLICATE]
    assert UsageRecord.objects.count() == 1


def test_int_41_two_tenants_may_use_the_same_call_id(admin: Actor, other_admin: Actor):
    for by in (admin, other_admin):
        assert taken([a_call(an_integration(by), call_id="same")], by) == [Taken.ACCEPTED]


def test_int_42_one_bad_record_never_stops_the_others(admin: Actor, other_admin: Actor):
    row, foreign = an_integration(admin), an_integration(other_admin)
    used(row, call_id="existing")
    calls = [
        a_call(row, call_id="a", tokens_in=7),
        a_call(row, call_id="b"),
        a_call(row, call_id="a", tokens_in=9),
        a_call(row, call_id="existing"),
        a_call(foreign, call_id="c"),
    ]
    assert taken(calls, admin) == [
        Taken.ACCEPTED, Taken.ACCEPTED, Taken.DUPLICATE, Taken.DUPLICATE, Taken.ERROR,
    ]  # fmt: skip
    stored = UsageRecord.objects.for_tenant(admin.tenant)
    assert set(stored.values_list("call_id", flat=True)) == {"a", "b", "existing"}
    assert stored.get(call_id="a").tokens_in == 7


def test_the_meters_count_each_call_once(admin: Actor):
    row = an_integration(admin)
    call = a_call(row, cost_cents=3, tokens_in=100, tokens_out=20)
    usage.ingest([call, call], tenant=admin.tenant, now=NOW)
    usage.ingest([call, a_call(row, cost_cents=4)], tenant=admin.tenant, now=NOW)
    assert metered(row) == (7, 135, 2)


def test_a_listed_model_is_priced_by_the_list_and_what_was_reported_is_kept(admin: Actor):
    row = an_integration(admin)
    used(row, model="gpt-4o", tokens_in=1000, tokens_out=500, cost_cents=99)
    stored = UsageRecord.objects.get()
    assert (stored.cost_cents, stored.reported_cents) == (1, 99)
    assert stored.price_version
    used(row, model="an-unlisted-model", cost_cents=99)
    unpriced = UsageRecord.objects.get(model="an-unlisted-model")
    assert (unpriced.cost_cents, unpriced.price_version) == (99, "")


def test_int_45_what_was_used_is_history(admin: Actor):
    used(an_integration(admin))
    for change in (
        lambda: UsageRecord.objects.update(cost_cents=0),
        lambda: UsageRecord.objects.all().delete(),
        lambda: connection.cursor().execute("UPDATE cus_llm_usage SET cost_cents = 0"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_int_46_the_last_day_of_a_summary_is_in_it(admin: Actor):
    row = an_integration(admin)
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    used(row, now=midnight - timedelta(minutes=30), tokens_in=1, tokens_out=0)
    used(row, now=midnight, tokens_in=5, tokens_out=0)
    told = summary(admin.tenant, integration_id=row.pk, first=TODAY, last=TODAY)
    assert (told["total_calls"], told["total_tokens_in"]) == (1, 1)


def test_int_47_no_latency_is_not_a_latency_of_nothing(admin: Actor):
    row = an_integration(admin)
    used(row)
    told = summary(admin.tenant, integration_id=None, first=TODAY, last=TODAY)
    assert told["avg_latency_ms"] is None
    used(row, latency_ms=0)
    used(row, latency_ms=0, policy_result=PolicyResult.BLOCKED)
    told = summary(admin.tenant, integration_id=None, first=TODAY, last=TODAY)
    assert (told["avg_latency_ms"], told["blocked_count"]) == (0, 1)
    [mine] = told["by_integration"]
    assert (mine["name"], mine["total_calls"]) == (row.name, 3)


def test_int_48_the_sums_of_a_day_come_out_the_same_until_a_late_call_corrects_them(
    admin: Actor,
):
    row = an_integration(admin)
    used(row, latency_ms=10, cost_cents=2)
    used(row, error_code="timeout", cost_cents=1)

    def sums() -> tuple:
        return UsageDay.objects.values_list(
            "total_calls", "total_cost_cents", "avg_latency_ms", "error_count"
        ).get()

    assert sum_up(TODAY, now=NOW) == 1
    assert sums() == (2, 3, 10, 1)
    assert sum_up(TODAY, now=NOW) == 0
    late = a_call(row, cost_cents=5, occurred_at=NOW)
    usage.ingest([late], tenant=admin.tenant, now=NOW + timedelta(days=3))
    assert sum_up(TODAY, now=NOW) == 1
    assert sums() == (3, 8, 10, 1)


def test_int_49_calls_of_a_disabled_integration_are_taken_and_of_a_deleted_one_not(
    admin: Actor,
):
    row = an_integration(admin, is_enabled=True)
    integrations.disable(integration_id=row.pk, by=admin, now=NOW)
    assert taken([a_call(row)], admin) == [Taken.ACCEPTED]
    integrations.delete(integration_id=row.pk, by=admin, now=NOW)
    assert taken([a_call(row)], admin) == [Taken.ERROR]


def test_a_call_may_be_told_seven_days_late_and_five_minutes_early(admin: Actor):
    row = an_integration(admin)
    moments = {
        NOW - timedelta(days=7): Taken.ACCEPTED,
        NOW - timedelta(days=7, seconds=1): Taken.ERROR,
        NOW + timedelta(minutes=5): Taken.ACCEPTED,
        NOW + timedelta(minutes=5, seconds=1): Taken.ERROR,
    }
    calls = [a_call(row, occurred_at=moment) for moment in moments]
    assert taken(calls, admin) == list(moments.values())
