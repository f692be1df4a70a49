"""Taking in what was used: each call once, and the month's meters with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from integrations.actions.prices import book_of
from integrations.domain import usage
from integrations.domain.pricing import Book, Quote
from integrations.domain.states import PolicyResult
from integrations.models import Integration, UsageRecord
from integrations.models.ids import new_usage_id
from m25console.models import Tenant
from m25console.scrubbing import scrubbed

SHARES: Final = 8  # rows of one meter, so that senders seldom wait for each other


class Taken(StrEnum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    ERROR = "error"


@dataclass(frozen=True)
class Call:
    """One call as reported; `occurred_at` where its sender tells the time."""

    integration_id: str
    call_id: str
    provider: str
    model: str
    tokens_in: int
    tokens_out: int
    cost_cents: int
    session_id: UUID | None = None
    agent_id: str | None = None
    latency_ms: int | None = None
    policy_result: PolicyResult = PolicyResult.ALLOWED
    error_code: str | None = None
    error_message: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of one report, in the order sent."""

    taken: Taken
    call_id: str
    usage_id: str = ""
    error: str = ""


def ingest(calls: Sequence[Call], *, tenant: Tenant, now: datetime) -> list[Receipt]:
    """Store calls that are new; one bad or repeated one never stops the others.

    When this returns, what is accepted is committed, with the meters that count it. A disabled
    integration takes reports still: its calls were under way.
    """
    known = set(
        Integration.objects.for_tenant(tenant)
        .filter(pk__in={one.integration_id for one in calls})
        .values_list("pk", flat=True)
    )
    faults = [_fault(one, known, now) for one in calls]
    good = [one for one, fault in zip(calls, faults, strict=True) if not fault]
    # The first of those alike in one batch is stored, the others are its duplicates.
    first = {one.call_id: one for one in reversed(good)}
    book = book_of(tenant) if first else Book()
    in_order = sorted(first.values(), key=lambda one: one.call_id)
    rows = [_row(one, book, tenant, now) for one in in_order]
    stored = _stored(rows, tenant)
    receipts, spent = [], set[str]()
    for one, fault in zip(calls, faults, strict=True):
        is_new = one.call_id in stored and one.call_id not in spent and not fault
        spent |= {one.call_id} if is_new else set()
        receipts.append(_receipt(one, fault, stored[one.call_id] if is_new else ""))
    return receipts


def _receipt(call: Call, fault: str, usage_id: str) -> Receipt:
    if fault:
        return Receipt(Taken.ERROR, call.call_id, error=fault)
    return Receipt(Taken.ACCEPTED if usage_id else Taken.DUPLICATE, call.call_id, usage_id)


def _fault(call: Call, known: set[str], now: datetime) -> str:
    if call.integration_id not in known:
        return "There is no such integration."
    told = call.occurred_at
    if told is None:
        return ""
    if told < now - usage.LATE_BY:
        return f"It happened more than {usage.LATE_BY.days} days ago."
    return "It lies in the future." if told > now + usage.EARLY_BY else ""


def _row(call: Call, book: Book, tenant: Tenant, now: datetime) -> UsageRecord:
    made_at = call.occurred_at or now
    quote = book.quote(call.model, tokens_in=call.tokens_in, tokens_out=call.tokens_out, at=made_at)
    return UsageRecord(
        id=new_usage_id(), tenant=tenant, integration_id=call.integration_id,
        session_id=call.session_id, agent_id=call.agent_id, call_id=call.call_id,
        provider=call.provider, model=call.model, tokens_in=call.tokens_in,
        tokens_out=call.tokens_out, cost_cents=_counted(call, quote),
        reported_cents=call.cost_cents, price_version=quote.version if quote else "",
        latency_ms=call.latency_ms, policy_result=call.policy_result, error_code=call.error_code,
        error_message=scrubbed(call.error_message or "") or None, metadata=dict(call.metadata),
        created_at=made_at,
    )  # fmt: skip


def _counted(call: Call, quote: Quote | None) -> int:
    """What the call counts against a budget: as its sender thinks where the model is unpriced."""
    return call.cost_cents if quote is None else quote.whole_cents


_METER: Final = """
INSERT INTO cus_usage_meters AS meter
    (tenant_id, integration_id, month, share, cents, tokens, calls)
SELECT tenant_id, integration_id, date_trunc('month', created_at AT TIME ZONE 'UTC')::date, %s,
       sum(cost_cents), sum(tokens_in::bigint + tokens_out), count(*)
FROM cus_llm_usage WHERE tenant_id = %s AND id = ANY(%s)
GROUP BY 1, 2, 3 ORDER BY 2, 3
ON CONFLICT (tenant_id, integration_id, month, share) DO UPDATE
SET cents = meter.cents + excluded.cents, tokens = meter.tokens + excluded.tokens,
    calls = meter.calls + excluded.calls
"""


@transaction.atomic
def _stored(rows: Sequence[UsageRecord], tenant: Tenant) -> Mapping[str, str]:
    """Insert what is new and count it; by call id the ids of what was."""
    if not rows:
        return {}
    UsageRecord.objects.bulk_create(rows, ignore_conflicts=True)
    ids = [one.pk for one in rows]
    mine = UsageRecord.objects.for_tenant(tenant).filter(pk__in=ids)
    stored = {call_id: pk for pk, call_id in mine.values_list("pk", "call_id")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        share = cursor.fetchone()[0] % SHARES
        cursor.execute(_METER, [share, tenant.pk, list(stored.values())])
    return stored
