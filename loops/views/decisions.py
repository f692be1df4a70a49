"""The page on which one checkpoint is decided."""

import json
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loops import permissions
from loops.domain.states import Resolution
from loops.engine import resuming
from loops.forms import DecisionForm
from loops.models import HumanCheckpoint
from loops.presenters.answered import told
from loops.presenters.decisions import checkpoint_of, decision_page, next_of
from loops.views.standing import standing_in
from m25console.access import Actor
from m25console.http import render_page
from m25console.refusals import InvalidInput, WrongState

DECISION = "loops/checkpoints/decision.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkpoint(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """The page of one decision; only a POST decides. ?partial=pane is all of it without its frame,
    for a list beside it; what is sent from there is answered with the pane as it is then."""
    actor, now = standing_in(request).actor, timezone.now()
    found = checkpoint_of(actor, checkpoint_id)
    if request.method == "POST":
        return _decide(request, found, actor, now)
    form = DecisionForm(options=found.options)
    return _show(request, found, actor, now, form=form)


def _decide(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime
) -> HttpResponse:
    """Where to go once the answer stands; otherwise the page as it is now, with what went wrong."""
    form = DecisionForm(request.POST, options=found.options)
    try:
        permissions.check_decide(actor, found)
        if not form.is_valid():
            return _show(request, found, actor, now, form=form, status=422)
        said = _answer(form, found, actor, now)
    except WrongState as refused:
        current = checkpoint_of(actor, found.pk)
        return _show(request, current, actor, now, form=form, status=409, refusal=str(refused))
    except InvalidInput as refused:
        for name, reasons in refused.fields.items():
            form.add_error(name, reasons)
        return _show(request, found, actor, now, form=form, status=422)
    if request.GET.get("partial") == "pane":
        return _decided(request, found, actor, now, said=said)
    messages.success(request, said)
    if form.cleaned_data["resolution"] == Resolution.MODIFY:
        return redirect("loops:policy", found.target_id)
    return redirect("loops:checkpoint", found.pk)


def _answer(form: DecisionForm, found: HumanCheckpoint, actor: Actor, now: datetime) -> str:
    """Give the answer; what the person reads next."""
    answer = form.cleaned_data["resolution"]
    decision = resuming.resolve(
        checkpoint_id=found.pk,
        resolution=answer,
        note=form.cleaned_data["note"],
        by=actor,
        now=now,
        seen_digest=form.cleaned_data["contract_digest"],
        despite_claim=form.cleaned_data["despite_claim"],
    )
    return told(decision, answer=answer)


def _decided(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime, *, said: str
) -> HttpResponse:
    """The pane after an answer, with word to the list beside it: what was decided, what is next."""
    current = checkpoint_of(actor, found.pk)
    form = DecisionForm(options=current.options)
    answer = _show(request, current, actor, now, form=form, said=said)
    following = next_of(current, actor=actor, now=now)
    answer["HX-Trigger"] = json.dumps({"decided": {"id": found.pk, "next": following}})
    return answer


def _show(
    request: HttpRequest,
    found: HumanCheckpoint,
    actor: Actor,
    now: datetime,
    *,
    form: DecisionForm,
    status: int = 200,
    refusal: str = "",
    said: str = "",
) -> HttpResponse:
    context = {
        "page": decision_page(found, actor=actor, now=now),
        "form": form,
        "standing": standing_in(request),
        "refusal": refusal,
        "said": said,
        "in_pane": "pane" in (request.GET.get("partial"), request.GET.get("within")),
    }
    return render_page(request, DECISION, context, partials=["live", "pane"], status=status)
