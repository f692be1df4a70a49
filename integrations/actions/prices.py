"""A tenant's own prices, and passes over past calls that tell their cost anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, transaction

from integrations.domain.pricing import Book, Own, Price, listed_name
from integrations.models import OwnPrice, RepricingRun
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found, hold

MOST_PRICES: Final = 200  # of one tenant, ended ones included
MAX_MODEL: Final = 100
MAX_REASON: Final = 500
MAX_DOLLARS: Final = Decimal(1000)  # of a thousand tokens
REPRICED_BACK: Final = timedelta(days=400)


@dataclass(frozen=True)
class WantedPrice:
    """A price as somebody wants it, in dollars of a thousand tokens."""

    model: str
    dollars_in: Decimal
    dollars_out: Decimal
    reason: str
    valid_from: datetime


@dataclass(frozen=True)
class WantedRun:
    """Which past calls to tell the cost of anew: of one model, or of all where it is ""; also
    those that have a price if `priced_too`."""

    model: str
    since: datetime
    reason: str
    priced_too: bool = False


def book_of(tenant: Tenant) -> Book:
    """The tenant's prices and the list: one query."""
    rows = OwnPrice.objects.for_tenant(tenant).order_by("created_at", "id")
    return Book([own_price(row) for row in rows])


def own_price(row: OwnPrice) -> Own:
    """The stored price as the rules know it; its id is its version."""
    price = Price(row.dollars_in, row.dollars_out)
    return Own(row.model, price, row.pk, row.valid_from, row.ended_at)


@transaction.atomic
def enter(*, wanted: WantedPrice, by: Actor, now: datetime) -> OwnPrice:
    """A price of the tenant's own, from then on for new calls. Raises NotPermitted, InvalidInput
    or WrongState."""
    check_connects(by)
    if wrong := _faults(wanted, now):
        raise InvalidInput.of(wrong)
    hold(by.tenant)
    if OwnPrice.objects.for_tenant(by.tenant).count() >= MOST_PRICES:
        raise WrongState(f"There are {MOST_PRICES} own prices already.")
    row = OwnPrice.objects.create(
        tenant=by.tenant, model=wanted.model.strip().lower(), dollars_in=wanted.dollars_in,
        dollars_out=wanted.dollars_out, reason=wanted.reason.strip(),
        valid_from=wanted.valid_from, created_at=now, created_by=by.user,
    )  # fmt: skip
    audit.record(
        by=by, action="price.entered", about=row, after=_told(row), note=row.reason, now=now
    )
    return row


@transaction.atomic
def end(*, price_id: str, by: Actor, now: datetime) -> OwnPrice:
    """Let a price hold no longer: the one before it, or the list, prices new calls. Raises
    NotFound, NotPermitted or WrongState."""
    rows = OwnPrice.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    row = found(rows, price_id, noun="price")
    check_connects(by)
    if row.ended_at is not None:
        raise WrongState("This price was ended already.")
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    audit.record(by=by, action="price.ended", about=row, now=now)
    return row


@transaction.atomic
def reprice(*, wanted: WantedRun, by: Actor, now: datetime) -> RepricingRun:
    """Begin a pass over the calls made since then. Raises NotPermitted, InvalidInput, or
    WrongState while another pass goes on."""
    check_connects(by)
    if wrong := _faults_of_run(wanted, now):
        raise InvalidInput.of(wrong)
    run = RepricingRun(
        tenant=by.tenant, model=wanted.model.strip(), priced_too=wanted.priced_too,
        reason=wanted.reason.strip(), since=wanted.since, until=now, place_at=wanted.since,
        created_at=now, started_by=by.user,
    )  # fmt: skip
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as taken:
        if "repricing_one_at_once" not in str(taken):
            raise
        raise WrongState("Past calls are being repriced now; wait until that is done.") from None
    after = {"model": run.model, "priced_too": run.priced_too, "since": run.since.isoformat()}
    audit.record(by=by, action="usage.repricing", about=run, after=after, note=run.reason, now=now)
    return run


def _faults(wanted: WantedPrice, now: datetime) -> dict[str, list[str]]:
    wrong = _without_reason(wanted.reason)
    if not wanted.model.strip() or len(wanted.model) > MAX_MODEL:
        wrong["model"] = [f"Name a model, in at most {MAX_MODEL} characters."]
    for name in ("dollars_in", "dollars_out"):
        if not 0 <= getattr(wanted, name) <= MAX_DOLLARS:
            wrong[name] = [f"Enter dollars from 0 to {MAX_DOLLARS:,}."]
    if abs(wanted.valid_from - now) > REPRICED_BACK:
        wrong["valid_from"] = [f"Choose a moment within {REPRICED_BACK.days} days of now."]
    return wrong


def _faults_of_run(wanted: WantedRun, now: datetime) -> dict[str, list[str]]:
    wrong = _without_reason(wanted.reason)
    if len(wanted.model) > MAX_MODEL:
        wrong["model"] = [f"A model's name has at most {MAX_MODEL} characters."]
    if not now - REPRICED_BACK <= wanted.since <= now:
        wrong["since"] = [f"Choose a moment of the last {REPRICED_BACK.days} days."]
    return wrong


def _without_reason(reason: str) -> dict[str, list[str]]:
    if reason.strip() and len(reason) <= MAX_REASON:
        return {}
    return {"reason": [f"Say why, in at most {MAX_REASON} characters."]}


def _told(row: OwnPrice) -> dict[str, Any]:
    return {
        "model": row.model,
        "dollars_in": str(row.dollars_in),
        "dollars_out": str(row.dollars_out),
        "valid_from": row.valid_from.isoformat(),
        "listed": listed_name(row.model),
    }
