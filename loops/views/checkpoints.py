"""The queue of decisions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.presenters import checkpoints as queue
from loops.presenters.checkpoint_rules import alert_of
from m25console import keyset
from m25console.access import actor_of
from m25console.http import render_page

QUEUE = "loops/checkpoints/queue.html"


@never_cache
@require_safe
def checkpoint_queue(request: HttpRequest) -> HttpResponse:
    """The list; ?partial=news counts what happened to it since ?since=."""
    actor, now = actor_of(request), timezone.now()
    filters = queue.filters_in(request.GET)
    if request.GET.get("partial") == "news":
        since = queue.moment_in(request.GET, otherwise=now)
        news = queue.news_since(actor, filters, since)
        return render(request, f"{QUEUE}#news", {"news": news})
    page = queue.queue_page(actor, filters, keyset.place_in(request.GET))
    context = {
        "alert": alert_of(actor.tenant),
        "filters": filters,
        "choices": queue.choosers(filters),
        "rows": queue.queue_rows(page.rows, now=now),
        "as_of": now.isoformat(),
        "may_decide": actor.can_review,
        **keyset.links(request.GET, page),
    }
    return render_page(request, QUEUE, context, partials=["list"])
