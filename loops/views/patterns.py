"""Patterns: the list, and each with what it led to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.merge_forms import ReasonForm
from loops.models import FailurePattern
from loops.presenters import patterns
from loops.views.merging import show_merged
from m25console import keyset
from m25console.access import actor_of


@never_cache
@require_safe
def pattern_list(request: HttpRequest) -> HttpResponse:
    """The most frequent or the latest first."""
    tenant = actor_of(request).tenant
    order = patterns.order_from(request.GET)
    place = keyset.place_in(request.GET)
    page, rows = patterns.pattern_list(tenant, order=order, place=place, now=timezone.now())
    context: dict[str, Any] = {
        "order": order,
        "orders": patterns.ORDER_WORDS,
        "rows": rows,
        "page": page,
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/patterns/list.html", context)


@never_cache
@require_safe
def pattern(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """One pattern with its incidents, recoveries and policy."""
    actor = actor_of(request)
    mine = FailurePattern.objects.for_tenant(actor.tenant)
    wanted = mine.select_related("tenant", "calibration", "merged_into")
    found = get_object_or_404(wanted, pk=pattern_id)
    if found.merged_into_id:
        return show_merged(request, found, actor, ReasonForm())
    context = {"page": patterns.pattern_page(found, now=timezone.now())}
    return render(request, "loops/patterns/pattern.html", context)
