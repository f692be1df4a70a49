"""Runs under the audit contract: what is stuck, and each run in full."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.models import AuditRun
from loops.presenters import run_list as runs
from loops.presenters.runs import run_page
from m25console import keyset
from m25console.access import actor_of
from m25console.http import render_page


@never_cache
@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """The stuck ones, or those that ?reconciliation= names."""
    tenant = actor_of(request).tenant
    finding = runs.finding_from(request.GET)
    page, rows = runs.run_list(tenant, finding=finding, place=keyset.place_in(request.GET))
    context: dict[str, Any] = {
        "finding": finding,
        "tabs": runs.tabs(tenant, chosen=finding),
        "rows": rows,
        **keyset.links(request.GET, page),
    }
    return render_page(request, "loops/runs/list.html", context, partials=["live"])


@never_cache
@require_safe
def run(request: HttpRequest, number: int) -> HttpResponse:
    """One run; ?partial=live is its changing part, 204 while that is as ?seen= names it."""
    mine = AuditRun.objects.for_tenant(actor_of(request).tenant)
    found = get_object_or_404(mine, pk=number)
    page = run_page(found, now=timezone.now())
    if request.GET.get("partial") == "live" and request.GET.get("seen") == page.fingerprint:
        return HttpResponse(status=204)
    return render_page(request, "loops/runs/run.html", {"page": page}, partials=["live"])
