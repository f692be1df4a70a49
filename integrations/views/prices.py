"""What models cost: the page, a price of one's own, and past calls told anew."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from integrations.actions import prices
from integrations.forms.prices import PriceForm, RepriceForm
from integrations.presenters.prices import prices_page
from m25console.access import actor_of
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

PAGE: Final = "integrations/prices/list.html"
SINCE: Final = timedelta(days=30)


@never_cache
@require_safe
def price_list(request: HttpRequest) -> HttpResponse:
    """The list, the tenant's own prices, and the models that have none."""
    return _show(request)


@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """A price of the tenant's own."""
    actor, form = actor_of(request), PriceForm(request.POST)
    if form.is_valid():
        try:
            row = prices.enter(wanted=form.wanted(), by=actor, now=timezone.now())
        except (InvalidInput, WrongState) as refused:
            tell(form, refused)
        else:
            told = "Calls reported from now on cost that. Reprice those of the past below."
            messages.success(request, f"“{row.model}” has its price. {told}")
            return redirect("integrations:prices")
    return _show(request, price=form)


@never_cache
@require_POST
def reprice(request: HttpRequest) -> HttpResponse:
    """Begin a pass over past calls."""
    actor, form = actor_of(request), RepriceForm(request.POST)
    if form.is_valid():
        try:
            prices.reprice(wanted=form.wanted(), by=actor, now=timezone.now())
        except (InvalidInput, WrongState) as refused:
            tell(form, refused)
        else:
            messages.success(request, "It has begun; this page shows how far it is.")
            return redirect("integrations:prices")
    return _show(request, run=form)


@require_POST
def end(request: HttpRequest, price_id: str) -> HttpResponse:
    """Let a price hold no longer."""
    row = prices.end(price_id=price_id, by=actor_of(request), now=timezone.now())
    messages.success(request, f"The price of “{row.model}” holds no longer.")
    return redirect("integrations:prices")


def _show(
    request: HttpRequest, *, price: PriceForm | None = None, run: RepriceForm | None = None
) -> HttpResponse:
    now = timezone.now()
    context = {
        "page": prices_page(actor_of(request), now=now),
        "price": price or PriceForm(initial=_usual(request, now)),
        "run": run or RepriceForm(initial={"since": (now - SINCE).astimezone(UTC).date()}),
        "is_entering": price is not None or "model" in request.GET,
        "is_repricing": run is not None,
    }
    return render(request, PAGE, context, status=422 if price or run else 200)


def _usual(request: HttpRequest, now: datetime) -> dict[str, Any]:
    return {"model": request.GET.get("model", ""), "valid_from": now.astimezone(UTC).date()}
