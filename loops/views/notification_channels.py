"""The ways by which the tenant and its people are told."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from loops.actions import channels
from loops.domain.executions import Verdict
from loops.domain.states import ChannelKind, Event
from loops.engine.target_tests import send_by_channel
from loops.models import NotificationChannel
from loops.notification_forms import ChannelForm
from loops.presenters.notifications import channel_row, channel_rows, words_for
from m25console.access import Actor, actor_of, check_administers
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

LIST = "loops/notifications/channels.html"
ONE = "loops/notifications/channel.html"
HOME = {True: "loops:my-notifications", False: "loops:notification-settings"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """One's own channels; a POST adds one."""
    return _channels(request, actor_of(request), is_personal=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_tenant(request: HttpRequest) -> HttpResponse:
    """The tenant's channels; a POST adds one."""
    actor = actor_of(request)
    check_administers(actor)
    return _channels(request, actor, is_personal=False)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def channel(request: HttpRequest, channel_id: str) -> HttpResponse:
    """One channel; a POST changes it."""
    actor = actor_of(request)
    row = channels.channel_of(channel_id, actor)
    form = _form_of(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            channels.change(channel_id=row.pk, wanted=form.wanted(), by=actor, now=timezone.now())
        except InvalidInput as refused:
            tell(form, refused)
        else:
            messages.success(request, "Saved.")
            return redirect(HOME[row.person_id is not None])
    return _show_one(request, row, form)


@never_cache
@require_POST
def replace_secret(request: HttpRequest, channel_id: str) -> HttpResponse:
    """A new signing secret, in this one answer and nowhere else."""
    actor = actor_of(request)
    secret = channels.rotate_secret(channel_id=channel_id, by=actor, now=timezone.now())
    row = channels.channel_of(channel_id, actor)
    return _show_one(request, row, _form_of(row), secret=secret)


@require_POST
def remove(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Use it no more."""
    actor = actor_of(request)
    row = channels.channel_of(channel_id, actor)
    channels.remove(channel_id=row.pk, by=actor, now=timezone.now())
    messages.success(request, f"“{row.name}” is removed. What it sent stays in the log.")
    return redirect(HOME[row.person_id is not None])


@require_POST
def send_test(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Send a test and say what came back."""
    actor = actor_of(request)
    row = channels.channel_of(channel_id, actor)
    came_to = send_by_channel(channel_id=row.pk, by=actor, now=timezone.now())
    if came_to.verdict is Verdict.SUCCEEDED:
        messages.success(request, f"“{row.name}” took the test.")
    else:
        messages.error(request, f"The test did not arrive. {came_to.error}")
    return redirect(HOME[row.person_id is not None])


def _channels(request: HttpRequest, actor: Actor, *, is_personal: bool) -> HttpResponse:
    words = words_for(is_personal=is_personal)
    if request.method != "POST":
        form = ChannelForm(words=words, initial=_usual(actor, is_personal=is_personal))
        return _show(request, actor, form, is_personal=is_personal)
    form = ChannelForm(request.POST, words=words)
    if not form.is_valid():
        return _show(request, actor, form, is_personal=is_personal)
    try:
        row, secret = channels.add(
            wanted=form.wanted(), is_personal=is_personal, by=actor, now=timezone.now()
        )
    except (InvalidInput, WrongState) as refused:
        tell(form, refused)
        return _show(request, actor, form, is_personal=is_personal)
    if not secret:
        messages.success(request, f"“{row.name}” was added. Send a test to see that it arrives.")
        return redirect(HOME[is_personal])
    fresh = ChannelForm(words=words, initial=_usual(actor, is_personal=is_personal))
    return _show(request, actor, fresh, is_personal=is_personal, secret=secret)


def _show(
    request: HttpRequest, actor: Actor, form: ChannelForm, *, is_personal: bool, secret: str = ""
) -> HttpResponse:
    context = {
        "rows": channel_rows(actor, is_personal=is_personal),
        "form": form,
        "is_personal": is_personal,
        "here": HOME[is_personal],
        "secret": secret,
    }
    return render(request, LIST, context, status=422 if form.errors else 200)


def _show_one(
    request: HttpRequest, row: NotificationChannel, form: ChannelForm, *, secret: str = ""
) -> HttpResponse:
    context = {
        "row": channel_row(row),
        "form": form,
        "home": HOME[row.person_id is not None],
        "secret": secret,
        "now": timezone.now(),
    }
    return render(request, ONE, context, status=422 if form.errors else 200)


def _form_of(row: NotificationChannel, data: Any = None) -> ChannelForm:
    words = words_for(is_personal=row.person_id is not None)
    return ChannelForm(data, words=words, initial=_as_form(row), kind=ChannelKind(row.kind))


def _usual(actor: Actor, *, is_personal: bool) -> dict[str, Any]:
    """What most people want: to hear of everything, oneself by one's own e-mail."""
    events = [event.value for event in words_for(is_personal=is_personal)]
    if not is_personal or actor.user is None:
        quieter = [one for one in events if one != Event.DECIDED]
        return {"events": quieter, "is_enabled": True}
    return {
        "events": events,
        "is_enabled": True,
        "name": "My e-mail",
        "address": actor.user.email,
    }


def _as_form(row: NotificationChannel) -> dict[str, Any]:
    slack = row.kind == ChannelKind.SLACK
    return {
        "name": row.name,
        "address": "" if slack else row.address,
        "events": row.events,
        "least_risk": row.least_risk,
        "is_enabled": row.is_enabled,
    }
