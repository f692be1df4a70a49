"""Loops: the list, and the story of each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.engine import resuming
from loops.models import LoopTrace
from loops.presenters import loop as one_loop
from loops.presenters import loops
from loops.presenters.incidents import PERIODS
from m25console import keyset
from m25console.access import actor_of
from m25console.http import render_page

LIST = "loops/loops/list.html"
PAGE = "loops/loops/loop.html"


@never_cache
@require_safe
def loop_list(request: HttpRequest) -> HttpResponse:
    """The list; ?partial=news counts what moved since ?since=."""
    tenant, now = actor_of(request).tenant, timezone.now()
    filters = loops.filters_from(request.GET)
    if request.GET.get("partial") == "news":
        since = request.GET.get("since", "")
        news = loops.arrived_since(tenant, filters=filters, key=since, now=now)
        counted = {"news": news, "newest_url": keyset.address(request.GET)}
        return render(request, f"{LIST}#news", counted)
    place = keyset.place_in(request.GET)
    page, rows = loops.loop_list(tenant, filters=filters, place=place, now=now)
    context: dict[str, Any] = {
        "filters": filters,
        "periods": {value: words for value, (words, _) in PERIODS.items()},
        "tabs": loops.tabs(tenant, filters=filters, now=now),
        "page": page,
        "rows": rows,
        **keyset.links(request.GET, page),
    }
    return render_page(request, LIST, context)


@never_cache
@require_safe
def loop(request: HttpRequest, loop_id: str) -> HttpResponse:
    """One loop; ?partial=live is its changing part, 204 while that is as ?seen= names it."""
    actor = actor_of(request)
    mine = LoopTrace.objects.for_tenant(actor.tenant).select_related(
        "incident__matched_pattern", "audit_run"
    )
    trace = get_object_or_404(mine, pk=loop_id)
    page = one_loop.loop_page(trace, actor=actor, now=timezone.now())
    asks_again = request.GET.get("partial") == "live"
    if asks_again and request.GET.get("seen") == page.fingerprint:
        return HttpResponse(status=204)
    return render_page(request, PAGE, {"page": page}, partials=["live"])


@require_POST
def retry(request: HttpRequest, loop_id: str) -> HttpResponse:
    """Try the failed stage again."""
    stage = request.POST.get("stage", "")
    resuming.retry(trace_id=loop_id, stage=stage, by=actor_of(request), now=timezone.now())
    messages.success(request, "The stage was tried again. What came of it is below.")
    return redirect("loops:loop", loop_id)
