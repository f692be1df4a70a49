"""Undoing a loop: first what that would mean, then the deed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loops.actions import reverts
from loops.forms import RevertForm
from loops.models import LoopTrace
from loops.presenters.reverts import revert_page
from m25console.access import Actor, actor_of
from m25console.forms import tell
from m25console.refusals import InvalidInput, WrongState

PAGE = "loops/loops/revert.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revert(request: HttpRequest, loop_id: str) -> HttpResponse:
    """The preview; a POST reverts, or asks somebody else to confirm it."""
    actor = actor_of(request)
    mine = LoopTrace.objects.for_tenant(actor.tenant).select_related("incident__matched_pattern")
    trace = get_object_or_404(mine, pk=loop_id)
    if request.method != "POST":
        return _show(request, trace, actor, RevertForm())
    form = RevertForm(request.POST)
    if not form.is_valid():
        return _show(request, trace, actor, form, status=422)
    try:
        told = _act(form, trace, actor)
    except WrongState as refused:
        trace.refresh_from_db()
        return _show(request, trace, actor, form, status=409, refusal=str(refused))
    except InvalidInput as refused:
        tell(form, refused)
        return _show(request, trace, actor, form, status=422)
    messages.success(request, told)
    return redirect("loops:loop", trace.pk)


def _act(form: RevertForm, trace: LoopTrace, actor: Actor) -> str:
    """What the person who acted reads next."""
    reason, now = form.cleaned_data["reason"], timezone.now()
    if form.cleaned_data["do"] == RevertForm.ASK:
        reverts.ask_for(trace_id=trace.pk, reason=reason, by=actor, now=now)
        return "Asked: the question waits in the queue until somebody else answers it."
    reverts.revert(
        trace_id=trace.pk,
        reason=reason,
        confirmed=form.cleaned_data["confirm"],
        by=actor,
        now=now,
    )
    return "Reverted. What was undone is listed below."


def _show(
    request: HttpRequest,
    trace: LoopTrace,
    actor: Actor,
    form: RevertForm,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    page = revert_page(trace, actor=actor)
    return render(request, PAGE, {"page": page, "form": form, "refusal": refusal}, status=status)
