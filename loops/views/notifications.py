"""The notification centre, and the log of what was sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.actions import deliveries, notifications
from loops.presenters import deliveries as log
from loops.presenters import notifications as centre
from loops.presenters.dashboards.reading import as_of_mark, marks_of
from m25console import keyset
from m25console.access import actor_of, check_administers
from m25console.http import render_page, safe_next
from m25console.together import fetch_together

CENTRE = "loops/notifications/centre.html"


@never_cache
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    """What one was told: the unread first, then a page of the rest. Opening it reads nothing."""
    actor, event = actor_of(request), centre.event_in(request.GET)
    unread, page, earlier = centre.centre(actor, event=event, place=keyset.place_in(request.GET))
    context = {
        "unread": unread,
        "earlier": earlier,
        "kinds": centre.kinds(event),
        "chosen": event,
        **keyset.links(request.GET, page),
    }
    return render_page(request, CENTRE, context, partials=["list"])


@require_POST
def mark_read(request: HttpRequest, notification_number: int) -> HttpResponse:
    """Note that one was read; back to the list."""
    notifications.mark_read(number=notification_number, by=actor_of(request), now=timezone.now())
    return redirect(safe_next(request, default=reverse("loops:notifications")))


@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Note that all were read."""
    count = notifications.mark_all_read(by=actor_of(request), now=timezone.now())
    messages.success(request, f"{count} marked as read." if count else "Nothing was unread.")
    return redirect("loops:notifications")


@never_cache
@require_safe
def delivery_log(request: HttpRequest) -> HttpResponse:
    """What was sent by every channel of the tenant and its people, the newest first."""
    actor, status = actor_of(request), log.status_in(request.GET)
    check_administers(actor)
    page, rows = log.delivery_log(actor, status=status, place=keyset.place_in(request.GET))
    counts = log.lately(actor.tenant, now=timezone.now())
    channels, marks = log.channels_shown(actor.tenant, counts), marks_of(actor.tenant)
    fetch_together(channels, marks)
    context = {
        "chart": log.chart_of(counts),
        "channels": log.channel_states(channels, counts),
        "as_of": as_of_mark(marks),
        "rows": rows,
        "statuses": log.statuses(status),
        "chosen": status,
        **keyset.links(request.GET, page),
    }
    return render(request, "loops/notifications/deliveries.html", context)


@require_POST
def retry_delivery(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Send what failed once more."""
    deliveries.retry(delivery_id=delivery_id, by=actor_of(request), now=timezone.now())
    messages.success(request, "It is being sent again.")
    return redirect("loops:deliveries")


@require_POST
def retry_channel(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Send once more all that failed by a channel lately."""
    count = deliveries.retry_failed(channel_id=channel_id, by=actor_of(request), now=timezone.now())
    messages.success(request, f"{count} message{'s are' if count > 1 else ' is'} being sent again.")
    return redirect("loops:deliveries")
