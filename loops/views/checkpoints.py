"""The queue of decisions: the list, and beside it the one that is open."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.models import HumanCheckpoint
from loops.presenters import facets, queue_filters, queue_news, queue_rows
from loops.presenters.decisions import checkpoints_called, the_one
from loops.presenters.queue_filters import Filters
from loops.presenters.saved_views import views_kept, views_of
from loops.views.decisions import context_of
from loops.views.standing import standing_in
from m25console import keyset
from m25console.access import Actor, actor_of

QUEUE = "loops/checkpoints/queue.html"


@never_cache
@require_safe
def checkpoint_queue(request: HttpRequest) -> HttpResponse:
    """The list, with the decision that ?open= names beside it. ?partial=news counts what happened
    to the list since ?since=; its other partials are the list and the filters as they are now."""
    actor, now = actor_of(request), timezone.now()
    filters = queue_filters.filters_in(request.GET)
    part = request.GET.get("partial", "")
    if part == "news":
        since = queue_news.moment_in(request.GET, otherwise=now)
        news = queue_news.news_since(actor, filters, since, now=now)
        return render(request, f"{QUEUE}#news", {"news": news})
    return show_queue(request, part=part)


def show_queue(
    request: HttpRequest,
    *,
    part: str = "",
    status: int = 200,
    more: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page, or the part of it that a page left open asks for again."""
    actor, now = actor_of(request), timezone.now()
    filters = queue_filters.filters_in(request.GET)
    context: dict[str, Any] = {"filters": filters, "may_decide": actor.can_review}
    # A template that asks request.GET for its items is given a parameter of that name.
    context["parameters"] = list(request.GET.items())
    context |= more or {}
    if part != "facets":
        context |= _list(request, actor, filters, now)
    if part == "list":
        return render(request, f"{QUEUE}#list", context)
    first = facets.beginning(actor, filters, order=queue_rows.order_of(filters), now=now)
    if part == "facets":
        context["facets"] = facets.facets_of(list(first), filters, request.GET)
        return render(request, f"{QUEUE}#facets", context)
    kept = views_kept(actor)
    asked = checkpoints_called(actor, _opened(request))
    standing_in(request, first, kept, asked)
    context["facets"] = facets.facets_of(list(first), filters, request.GET)
    context["views"] = views_of(kept, actor, filters, request.GET)
    return render(request, QUEUE, context | _pane(request, actor, asked, now), status=status)


def _list(request: HttpRequest, actor: Actor, filters: Filters, now: datetime) -> dict[str, Any]:
    page = queue_rows.queue_page(actor, filters, keyset.place_in(request.GET), now=now)
    return {
        "rows": queue_rows.queue_rows(page.rows, actor=actor, query=request.GET, now=now),
        "sorts": queue_rows.sorts_of(filters, request.GET),
        "cost_in_words": queue_rows.COST_IN_WORDS,
        "as_of": now.isoformat(),
        "goes_on": request.session.get("goes_on", False),
        **keyset.links(request.GET, page),
    }


def _opened(request: HttpRequest) -> str:
    return request.GET.get("open", "").replace("\0", "")


def _pane(
    request: HttpRequest, actor: Actor, asked: Iterable[HumanCheckpoint], now: datetime
) -> dict[str, Any]:
    """What the open decision shows, if one is; a person without scripts reads it here."""
    closed = {"list_url": queue_rows.beside(request.GET, opened="")}
    if not _opened(request):
        return closed
    found = the_one(asked)
    return closed | {
        **context_of(request, found, actor, now),
        "in_pane": True,
        "open_id": found.pk,
    }
