"""What was used: taking reports in, and telling sums and single calls."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status
from pydantic import ValidationError

from integrations.actions import usage
from integrations.actions.usage import Call, Receipt, Taken
from integrations.api.callers import REPORTS, Caller, caller_of
from integrations.api.shapes.usage import (
    DayOut,
    HistoryIn,
    HistoryOut,
    SpanIn,
    SummaryOut,
    UsageBatchIn,
    UsageBatchOut,
    UsageFaultOut,
    UsageIn,
    UsageTakenOut,
)
from integrations.models import UsageDay, UsageRecord
from integrations.overview import summary
from m25console.access import actor_of
from m25console.api.bearer import READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.schemas import refusals
from m25console.refusals import InvalidInput, NotFound

BATCH_BODY: Final = 1024 * 1024  # bytes
USUAL_DAYS: Final = 30
MOST_DAYS: Final = 366

router = Router(tags=["telemetry"])


@router.post(
    "/telemetry/llm-usage",
    auth=REPORTS,
    response={201: UsageTakenOut, 200: UsageTakenOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(UsageIn),
)
def report(request: HttpRequest) -> Status[UsageTakenOut]:
    """One call of a model: 201, or 200 if it was reported before. With an integration's key, or
    the scope `usage:write`."""
    caller = caller_of(request)
    told = read_model(request, UsageIn)
    caller.check_speaks_for(told.integration_id)
    [receipt] = usage.ingest([told.call()], tenant=caller.tenant, now=timezone.now())
    if receipt.taken is Taken.ERROR:
        missing = receipt.error == "There is no such integration."
        raise NotFound(receipt.error) if missing else InvalidInput(receipt.error)
    status = 201 if receipt.taken is Taken.ACCEPTED else 200
    out = UsageTakenOut(status=receipt.taken, id=receipt.usage_id or None, call_id=receipt.call_id)
    return Status(status, out)


@router.post(
    "/telemetry/llm-usage/batch",
    auth=REPORTS,
    response={200: UsageBatchOut, **refusals(413, 415, 422)},
    openapi_extra=body_of(UsageBatchIn),
)
def report_batch(request: HttpRequest) -> UsageBatchOut:
    """Up to a hundred calls; one bad record never stops the others. With an integration's key,
    or the scope `usage:write`."""
    caller = caller_of(request)
    records = read_model(request, UsageBatchIn, limit=BATCH_BODY).records
    read = [_read(one, caller) for one in records]
    good = [one for one in read if isinstance(one, Call)]
    receipts = iter(usage.ingest(good, tenant=caller.tenant, now=timezone.now()))
    outcomes = [next(receipts) if isinstance(one, Call) else one for one in read]
    counts = {taken: sum(one.taken is taken for one in outcomes) for taken in Taken}
    faults = [
        UsageFaultOut(index=index, call_id=one.call_id or None, message=one.error)
        for index, one in enumerate(outcomes)
        if one.taken is Taken.ERROR
    ]
    return UsageBatchOut(
        accepted=counts[Taken.ACCEPTED], duplicates=counts[Taken.DUPLICATE],
        errors=counts[Taken.ERROR], total=len(outcomes), faults=faults,
    )  # fmt: skip


@router.get(
    "/telemetry/usage-summary", auth=READS, response={200: SummaryOut, **refusals(400, 422)}
)
def usage_summary(request: HttpRequest, wanted: Query[SpanIn]) -> dict[str, Any]:
    """Sums of a span of days in UTC, both ends included; by default the last thirty. Needs the
    scope `read`."""
    first, last = _span(wanted, timezone.now())
    return summary(
        actor_of(request).tenant, integration_id=wanted.integration_id, first=first, last=last
    )


@router.get(
    "/telemetry/usage-history", auth=READS, response={200: HistoryOut, **refusals(400, 422)}
)
def usage_history(request: HttpRequest, wanted: Query[HistoryIn]) -> dict[str, Any]:
    """Single calls, the newest first. Needs the scope `read`."""
    rows = UsageRecord.objects.for_tenant(actor_of(request).tenant)
    rows = rows.filter(**wanted.narrowed)
    total = rows.count()
    items = list(rows.newest_first()[wanted.offset : wanted.offset + wanted.limit])
    meta = {
        "total": total,
        "page": wanted.offset // wanted.limit + 1,
        "page_size": wanted.limit,
        "has_more": wanted.offset + len(items) < total,
    }
    return {"items": items, "meta": meta}


@router.get(
    "/telemetry/daily-aggregates", auth=READS, response={200: list[DayOut], **refusals(400, 422)}
)
def daily_aggregates(request: HttpRequest, wanted: Query[SpanIn]) -> list[UsageDay]:
    """The sums of each day, as they were last counted. Needs the scope `read`."""
    first, last = _span(wanted, timezone.now())
    rows = UsageDay.objects.filter(tenant=actor_of(request).tenant, date__range=(first, last))
    rows = rows.filter(**wanted.narrowed)
    return list(rows.order_by("date", "integration_id"))


def _read(document: dict[str, Any], caller: Caller) -> Call | Receipt:
    call_id = str(document.get("call_id", ""))[:100]
    try:
        told = UsageIn.model_validate(document)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        return Receipt(Taken.ERROR, call_id, error=f"{where}: {first['msg']}")
    if caller.integration_id and told.integration_id != caller.integration_id:
        return Receipt(Taken.ERROR, call_id, error="This key speaks for another integration.")
    return told.call()


def _span(wanted: SpanIn, now: datetime) -> tuple[date, date]:
    last = wanted.end or now.astimezone(UTC).date()
    first = wanted.start or last - timedelta(days=USUAL_DAYS)
    if first > last or (last - first).days > MOST_DAYS:
        raise InvalidInput(f"Choose a span of up to {MOST_DAYS} days, its beginning first.")
    return first, last
