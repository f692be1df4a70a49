"""What a policy would have done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loops.presenters import replays
from m25console.access import actor_of


@never_cache
@require_safe
def policy_replay(request: HttpRequest, policy_id: str) -> HttpResponse:
    """The policy's last 7, 30 or 90 days, judged again as if it had been in force."""
    days, now = replays.window_from(request.GET), timezone.now()
    policy, promised = replays.policy_of(actor_of(request), policy_id, now=now)
    context = {
        "page": replays.replay_page(policy, days=days, now=now),
        "promised": promised,
        "windows": replays.WINDOWS,
    }
    return render(request, "loops/policies/replay.html", context)
