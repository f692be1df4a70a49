"""A tenant's secrets as a whole: what is to be done about them, and who read them. For admins."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.domain.hygiene import Concern
from integrations.presenters import accesses
from integrations.presenters import hygiene as shown
from m25console import keyset
from m25console.access import Actor, actor_of, check_connects

HYGIENE: Final = "integrations/credentials/hygiene.html"
ACCESSES: Final = "integrations/credentials/accesses.html"


@never_cache
@require_safe
def hygiene(request: HttpRequest) -> HttpResponse:
    """Every reference to a secret, or those with one concern."""
    actor = _admin(request)
    wanted = request.GET.get("concern", "")
    concern = Concern(wanted) if wanted in set(Concern) else None
    stands = shown.of(actor, now=timezone.now())
    page, rows = stands.rows(concern, place=keyset.place_in(request.GET))
    context = {
        "rows": rows,
        "tabs": stands.tabs(),
        "concern": concern,
        "others": [] if concern else stands.others(),
        "left": shown.left_outside(actor),
        **keyset.links(request.GET, page),
    }
    return render(request, HYGIENE, context)


@never_cache
@require_safe
def access_list(request: HttpRequest) -> HttpResponse:
    """Who read or changed what, the newest first."""
    actor = _admin(request)
    filters = accesses.filters_from(request.GET)
    page, rows = accesses.access_list(actor, filters=filters, place=keyset.place_in(request.GET))
    context = {
        "rows": rows,
        "filters": filters,
        "who": accesses.WHO.items(),
        "results": accesses.RESULTS.items(),
        **keyset.links(request.GET, page),
    }
    return render(request, ACCESSES, context)


def _admin(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    check_connects(actor)
    return actor
