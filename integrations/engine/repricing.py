"""Telling anew what past calls cost, some at a time; what they were told to cost stays beside it.

Limits are left alone: they counted what was known when a call was reported.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q

from integrations.actions import daily
from integrations.actions.prices import book_of
from integrations.domain.pricing import Book
from integrations.models import RepricingRun, UsageRecord, UsageRepricing

AT_ONCE: Final = 2000  # calls of one transaction
CHUNKS: Final = 10  # transactions of one run of the job


def go_on(now: datetime) -> Mapping[str, Any]:
    """Carry the passes that are under way further; each chunk is there whole or not at all, with
    the sums of its days."""
    changed = 0
    for _ in range(CHUNKS):
        done = _chunk(now)
        if done is None:
            break
        changed += done
    return {"changed": changed}


@transaction.atomic
def _chunk(now: datetime) -> int | None:
    """How many calls of the pass that waited longest now cost something else; None if none
    waits that nobody else is at."""
    waiting = RepricingRun.objects.filter(finished_at__isnull=True).order_by("created_at", "id")
    run = waiting.select_for_update(of=("self",), skip_locked=True).first()
    if run is None:
        return None
    calls = _next(run)
    changes = _changes(run, calls, now)
    UsageRepricing.objects.bulk_create(changes)
    for day in sorted({one.happened_at.astimezone(UTC).date() for one in changes}):
        daily.sum_up(day, now=now, tenant=run.tenant)
    run.looked += len(calls)
    run.changed += len(changes)
    run.change_cents += sum(one.new_cents - one.old_cents for one in changes)
    if len(calls) < AT_ONCE:
        run.finished_at = now
    else:
        run.place_at, run.place_id = calls[-1].created_at, calls[-1].pk
    run.save()
    return len(changes)


def _next(run: RepricingRun) -> list[UsageRecord]:
    """The calls after the place where the pass stopped, in order."""
    beyond = Q(created_at__gt=run.place_at) | Q(created_at=run.place_at, pk__gt=run.place_id)
    rows = UsageRecord.objects.for_tenant(run.tenant).filter(
        beyond, created_at__gte=run.place_at, created_at__lte=run.until
    )
    return list(rows.order_by("created_at", "id")[:AT_ONCE])


def _changes(
    run: RepricingRun, calls: Sequence[UsageRecord], now: datetime
) -> list[UsageRepricing]:
    before, book = _costs(run, calls), book_of(run.tenant)
    found = (_change(run, one, before[one.pk], book) for one in calls if _is_meant(run, one))
    return [
        UsageRepricing(
            tenant=run.tenant, run=run, usage=call, happened_at=call.created_at, old_cents=cents,
            old_version=version, new_cents=new[0], new_version=new[1], at=now,
        )
        for call, (cents, version), new in filter(None, found)
    ]  # fmt: skip


def _costs(run: RepricingRun, calls: Sequence[UsageRecord]) -> Mapping[str, tuple[int, str]]:
    """What each call costs until now, and by which price."""
    told = {one.pk: (one.cost_cents, one.price_version) for one in calls}
    rows = UsageRepricing.objects.filter(tenant=run.tenant, usage__in=list(told)).order_by("id")
    for usage_id, cents, version in rows.values_list("usage_id", "new_cents", "new_version"):
        told[usage_id] = (cents, version)
    return told


def _is_meant(run: RepricingRun, call: UsageRecord) -> bool:
    return run.model in ("", call.model)


def _change(
    run: RepricingRun, call: UsageRecord, before: tuple[int, str], book: Book
) -> tuple[UsageRecord, tuple[int, str], tuple[int, str]] | None:
    """The call with what it cost and what it costs; None where that is the same."""
    if before[1] and not run.priced_too:
        return None
    quote = book.quote(
        call.model, tokens_in=call.tokens_in, tokens_out=call.tokens_out, at=call.created_at
    )
    if quote is None or (quote.whole_cents, quote.version) == before:
        return None
    return call, before, (quote.whole_cents, quote.version)
