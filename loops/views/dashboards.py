"""Dashboards: what happened in a period, counted by the hour as of a stated moment."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.domain.figures import Period, Series
from loops.presenters.dashboards import learning, people, work
from loops.presenters.dashboards.compared import compared
from loops.presenters.dashboards.periods import PERIODS, period_from
from loops.presenters.dashboards.reading import Counts, as_of, counts_before, counts_of
from m25console.access import Actor, actor_of, check_administers

PAGE: Final = "loops/dashboards/dashboard.html"


@never_cache
@require_safe
def day_to_day(request: HttpRequest) -> HttpResponse:
    """Loops, matches, decisions and how long they took."""
    actor = actor_of(request)
    counts = _counts(request, actor, work.SERIES)
    context = {
        "charts": work.charts(counts),
        "compared": compared(
            work.measures(counts), work.measures(_before(actor, counts, work.SERIES))
        ),
        "waits": work.wait_rows(counts),
        "door_words": work.door_words(),
        "doors": work.door_rows(counts),
        "reasons": work.shares(work.reasons(counts)),
    }
    return _show(request, actor, "dashboards", context)


@never_cache
@require_safe
def what_was_learned(request: HttpRequest) -> HttpResponse:
    """Recoveries, preventions, harm, policies and trust."""
    actor = actor_of(request)
    counts = _counts(request, actor, learning.SERIES)
    context = {
        "charts": learning.charts(counts, tenant=actor.tenant),
        "compared": compared(
            learning.measures(counts), learning.measures(_before(actor, counts, learning.SERIES))
        ),
        "trust": learning.trust_of(actor.tenant),
        "shows_trust": True,
    }
    return _show(request, actor, "dashboard-learning", context)


@never_cache
@require_safe
def load(request: HttpRequest) -> HttpResponse:
    """Who holds and decides how much; for admins."""
    actor = actor_of(request)
    check_administers(actor)
    counts = _counts(request, actor, people.SERIES)
    context = {"load": people.load_of(actor.tenant, counts, now=timezone.now())}
    return _show(request, actor, "dashboard-load", context)


def _counts(request: HttpRequest, actor: Actor, series: Sequence[Series]) -> Counts:
    period = period_from(request.GET)
    return counts_of(actor.tenant, period=period, series=series, now=timezone.now())


def _before(actor: Actor, counts: Counts, series: Sequence[Series]) -> Counts:
    return counts_before(actor.tenant, steps=counts.steps, series=series, now=timezone.now())


def _show(request: HttpRequest, actor: Actor, name: str, context: dict[str, Any]) -> HttpResponse:
    period: Period = period_from(request.GET)
    common = {
        "here": name,
        "period": period,
        "periods": PERIODS,
        "period_words": PERIODS[period],
        "as_of": as_of(actor.tenant),
    }
    return render(request, PAGE, {**common, **context})
