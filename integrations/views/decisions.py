"""What limits said: the list, and one of them."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.models import EnforcementDecision
from integrations.presenters import decisions as shown
from m25console import keyset
from m25console.access import actor_of

LIST: Final = "integrations/limits/decisions.html"
ONE: Final = "integrations/limits/decision.html"


@never_cache
@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Every answer but a plain yes, the newest first."""
    chosen, place = shown.chosen_from(request.GET), keyset.place_in(request.GET)
    page, rows, names = shown.decision_list(
        actor_of(request), chosen=chosen, place=place, now=timezone.now()
    )
    context = {
        "rows": rows,
        "filters": shown.filters(chosen, names),
        "narrowed": bool(chosen),
        **keyset.links(request.GET, page),
    }
    return render(request, LIST, context)


@never_cache
@require_safe
def decision(request: HttpRequest, enforcement_id: str) -> HttpResponse:
    """One of them, with every limit as it stood."""
    mine = EnforcementDecision.objects.for_tenant(actor_of(request).tenant)
    row = get_object_or_404(mine, pk=enforcement_id)
    return render(request, ONE, {"page": shown.decision_page(row)})
