"""Claiming, releasing, snoozing and waking a question. What htmx sends is answered with the tools
as they are then; anything else goes back to where it came from."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from loops.actions import claims, snoozes
from loops.presenters.checkpoint_tools import tools_of
from loops.presenters.decisions import checkpoint_of
from loops.reviewing_forms import SnoozeForm
from loops.views.standing import standing_in
from m25console.access import Actor
from m25console.http import safe_next
from m25console.refusals import InvalidInput, WrongState

TOOLS = "components/loops/checkpoint_tools.html"
type _Act = Callable[[HttpRequest, str, Actor, datetime], str]


@never_cache
@require_POST
def claim(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Claim it; `take_over=1` takes it from whoever has it."""
    return _do(_claim, request, checkpoint_id)


@never_cache
@require_POST
def release(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Give one's claim back."""
    return _do(_release, request, checkpoint_id)


@never_cache
@require_POST
def snooze(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Hide it from one's own queue, by `ends` or `until`."""
    return _do(_snooze, request, checkpoint_id)


@never_cache
@require_POST
def wake(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Have it back."""
    return _do(_wake, request, checkpoint_id)


def _claim(request: HttpRequest, checkpoint_id: str, by: Actor, now: datetime) -> str:
    taken = request.POST.get("take_over") == "1"
    claims.claim(checkpoint_id=checkpoint_id, by=by, now=now, take_over=taken)
    return "Claimed. Others see that you look at it."


def _release(_request: HttpRequest, checkpoint_id: str, by: Actor, now: datetime) -> str:
    claims.release(checkpoint_id=checkpoint_id, by=by, now=now)
    return "Released."


def _snooze(request: HttpRequest, checkpoint_id: str, by: Actor, now: datetime) -> str:
    form, asked = SnoozeForm(request.POST), checkpoint_of(by, checkpoint_id)
    if not form.is_valid():
        told = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        raise InvalidInput.of(told)
    zone = timezone.get_current_timezone()
    until = form.moment(asked, now=now, zone=zone)
    snoozes.snooze(checkpoint_id=checkpoint_id, until=until, by=by, now=now)
    return "Snoozed: it is out of your queue until then, and in everybody else's."


def _wake(_request: HttpRequest, checkpoint_id: str, by: Actor, now: datetime) -> str:
    snoozes.wake(checkpoint_id=checkpoint_id, by=by, now=now)
    return "It is back in your queue."


def _do(act: _Act, request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    by, now = standing_in(request).actor, timezone.now()
    is_htmx = request.headers.get("HX-Request") == "true"
    try:
        said, status = act(request, checkpoint_id, by, now), 200
    except (WrongState, InvalidInput) as refused:
        if not is_htmx:
            raise
        said, status = str(refused), refused.status_code
    if not is_htmx:
        messages.success(request, said)
        here = reverse("loops:checkpoint", args=[checkpoint_id])
        return redirect(safe_next(request, default=here))
    tools = tools_of(checkpoint_of(by, checkpoint_id), actor=by, now=now)
    answer = render(request, TOOLS, {"tools": tools, "said": said}, status=status)
    # The lists beside and behind it look again; what others may see changed is told by the feed.
    answer["HX-Trigger"] = "live:queue"
    return answer
