"""Pages made to be printed, for people who decide around a table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.presenters.decisions import checkpoint_of, decision_page
from loops.presenters.graduation import told_in_full
from m25console.access import actor_of


@never_cache
@require_safe
def checkpoint(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """One decision on one page: the sentence, the contract, the votes and the evidence."""
    actor, now = actor_of(request), timezone.now()
    page = decision_page(checkpoint_of(actor, checkpoint_id), actor=actor, now=now)
    return render(request, "loops/checkpoints/print.html", {"page": page, "now": now})


@never_cache
@require_safe
def graduation(request: HttpRequest) -> HttpResponse:
    """The dossier as it was computed last, with its evidence."""
    actor, now = actor_of(request), timezone.now()
    context = {
        **told_in_full(actor, now=now),
        "now": now,
    }
    return render(request, "loops/graduation/print.html", context)
