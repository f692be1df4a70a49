"""What callers asked and were told, and what that prevented."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.models import PolicyEvaluation, PreventionRecord
from loops.presenters import evaluations, preventions
from m25console import keyset
from m25console.access import actor_of


@never_cache
@require_safe
def evaluation_list(request: HttpRequest) -> HttpResponse:
    """Every question, newest first."""
    filters = evaluations.filters_from(request.GET)
    page, rows = evaluations.evaluation_list(
        actor_of(request).tenant, filters=filters, place=keyset.place_in(request.GET)
    )
    context: dict[str, Any] = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "decisions": evaluations.DECISIONS,
        "labels": evaluations.LABELS,
        "address": _address(request),
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/evaluations/list.html", context)


@never_cache
@require_safe
def evaluation(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """One question: the request as it was judged, and every policy's verdict."""
    mine = PolicyEvaluation.objects.for_tenant(actor_of(request).tenant)
    found = get_object_or_404(mine.select_related("pattern", "prevention"), pk=evaluation_id)
    context = {"page": evaluations.evaluation_page(found)}
    return render(request, "loops/evaluations/evaluation.html", context)


@never_cache
@require_safe
def prevention_list(request: HttpRequest) -> HttpResponse:
    """What was stopped before it failed, newest first."""
    filters = preventions.filters_from(request.GET)
    page, rows = preventions.prevention_list(
        actor_of(request).tenant, filters=filters, place=keyset.place_in(request.GET)
    )
    context: dict[str, Any] = {
        "filters": filters,
        "page": page,
        "rows": rows,
        "outcomes": preventions.OUTCOMES,
        "address": _address(request),
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/preventions/list.html", context)


@never_cache
@require_safe
def prevention(request: HttpRequest, prevention_id: str) -> HttpResponse:
    """One prevention: what was stopped, by which policy, and what it is like."""
    mine = PreventionRecord.objects.for_tenant(actor_of(request).tenant)
    found = get_object_or_404(
        mine.select_related("policy", "pattern", "evaluation"), pk=prevention_id
    )
    context = {"page": preventions.prevention_page(found)}
    return render(request, "loops/preventions/prevention.html", context)


def _address(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
