"""The page on which one checkpoint is decided."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loops import permissions
from loops.actions import comments
from loops.actions.answers import Given
from loops.decision_form import CommentForm, DecisionForm
from loops.domain.states import Resolution
from loops.engine import holds
from loops.models import HumanCheckpoint
from loops.presenters.answered import told
from loops.presenters.approved_views import approved_view
from loops.presenters.decisions import DecisionPage, checkpoint_of, decision_page, next_of
from loops.presenters.reach import backtest_of
from loops.presenters.seen import Seen, changes_since, unsealed
from loops.presenters.wordings import REASONS
from loops.views.standing import standing_in
from m25console.access import Actor, actor_of
from m25console.forms import tell
from m25console.http import render_page
from m25console.refusals import InvalidInput, WrongState

DECISION = "loops/checkpoints/decision.html"


@dataclass(frozen=True)
class Said:
    """What the page says besides itself: what was done, or why nothing was."""

    done: str = ""
    refusal: str = ""
    status: int = 200
    seen: Seen | None = None  # what the person had before them, if it is not so any more


NOTHING: Final = Said()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkpoint(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """The page of one decision; only a POST decides. ?partial=pane is all of it without its frame,
    for a list beside it; what is sent from there is answered with the pane as it is then."""
    actor, now = standing_in(request).actor, timezone.now()
    found = checkpoint_of(actor, checkpoint_id)
    if request.method == "POST":
        return _decide(request, found, actor, now)
    return show(request, found, actor, now)


@require_POST
def undo(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Take one's answer back before it takes effect."""
    actor, now = standing_in(request).actor, timezone.now()
    found = checkpoint_of(actor, checkpoint_id)
    try:
        holds.undo(checkpoint_id=found.pk, by=actor, now=now)
    except WrongState as refused:
        said = Said(refusal=str(refused), status=409)
        return show(request, checkpoint_of(actor, found.pk), actor, now, said=said)
    done = "Undone: nothing has happened, and the question waits again."
    if request.GET.get("partial") == "pane":
        return show(request, checkpoint_of(actor, found.pk), actor, now, said=Said(done))
    messages.success(request, done)
    return redirect("loops:checkpoint", found.pk)


@never_cache
@require_safe
def seen(request: HttpRequest, checkpoint_id: str, decision_id: int) -> HttpResponse:
    """What somebody had before them when they decided, beside what is known now."""
    actor = actor_of(request)
    found = checkpoint_of(actor, checkpoint_id)
    page = approved_view(found, decision_id=decision_id, actor=actor)
    return render(request, "loops/checkpoints/seen.html", {"page": page})


@require_POST
def comment(request: HttpRequest, checkpoint_id: str) -> HttpResponse:
    """Leave a remark under the question; every member may."""
    actor, now = standing_in(request).actor, timezone.now()
    found = checkpoint_of(actor, checkpoint_id)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show(request, found, actor, now, remark=form, said=Said(status=422))
    comments.add(checkpoint_id=found.pk, text=form.cleaned_data["text"], by=actor, now=now)
    if request.GET.get("partial") == "pane":
        return show(request, found, actor, now)
    return redirect(f"{reverse('loops:checkpoint', args=[found.pk])}#comments")


def _decide(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime
) -> HttpResponse:
    """Where to go once the answer stands; otherwise the page as it is now, with what went wrong."""
    form = DecisionForm(request.POST, options=found.options)
    try:
        permissions.check_decide(actor, found)
        if not form.is_valid():
            return show(request, found, actor, now, form=form, said=Said(status=422))
        done = _answer(form, found, actor, now)
    except WrongState as refused:
        seen = unsealed(form.data.get("seen", ""), checkpoint_id=found.pk)
        said = Said(refusal=str(refused), status=409, seen=seen)
        return show(request, checkpoint_of(actor, found.pk), actor, now, form=form, said=said)
    except InvalidInput as refused:
        tell(form, refused)
        return show(request, found, actor, now, form=form, said=Said(status=422))
    if request.GET.get("partial") == "pane":
        return _decided(request, found, actor, now, done=done)
    messages.success(request, done)
    ended = form.cleaned_data["resolution"] == Resolution.MODIFY
    if ended and not checkpoint_of(actor, found.pk).is_pending:
        return redirect("loops:policy", found.target_id)
    return redirect("loops:checkpoint", found.pk)


def _answer(form: DecisionForm, found: HumanCheckpoint, actor: Actor, now: datetime) -> str:
    """Give the answer; what the person reads next."""
    told_here = form.cleaned_data
    seen = unsealed(told_here["seen"], checkpoint_id=found.pk)
    is_of_page = seen is not None and seen.digest == told_here["contract_digest"]
    given = Given(
        checkpoint_id=found.pk,
        resolution=told_here["resolution"],
        note=told_here["note"],
        reason_code=told_here["reason_code"],
        seen_digest=told_here["contract_digest"],
        page=seen.page if seen and is_of_page else {},
        despite_claim=told_here["despite_claim"],
    )
    decision = holds.answer(given, by=actor, now=now)
    return told(decision, answer=told_here["resolution"])


def _decided(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime, *, done: str
) -> HttpResponse:
    """The pane after an answer, with word to the list beside it: what was decided, what is next."""
    current = checkpoint_of(actor, found.pk)
    answer = show(request, current, actor, now, said=Said(done))
    following = next_of(current, actor=actor, now=now)
    answer["HX-Trigger"] = json.dumps({"decided": {"id": found.pk, "next": following}})
    return answer


def show(
    request: HttpRequest,
    found: HumanCheckpoint,
    actor: Actor,
    now: datetime,
    *,
    form: DecisionForm | None = None,
    remark: CommentForm | None = None,
    said: Said = NOTHING,
) -> HttpResponse:
    """The page, its pane or its live parts, as the address wants."""
    context = context_of(request, found, actor, now)
    page: DecisionPage = context["page"]
    if request.GET.get("partial") == "reach" and page.policy is not None:
        touched = backtest_of(page.policy, now=now)
        return render(request, f"{DECISION}#reach", {"touched": touched})
    context |= {
        "form": form or context["form"],
        "remark": remark or context["remark"],
        "said": said,
        "lost": changes_since(said.seen, page.subject) if said.seen else [],
        "in_pane": "pane" in (request.GET.get("partial"), request.GET.get("within")),
    }
    return render_page(request, DECISION, context, partials=["live", "pane"], status=said.status)


def context_of(
    request: HttpRequest, found: HumanCheckpoint, actor: Actor, now: datetime
) -> dict[str, Any]:
    """What the page or its pane needs, before anybody has sent anything."""
    page = decision_page(found, actor=actor, now=now)
    return {
        "page": page,
        "form": DecisionForm(options=found.options),
        "remark": CommentForm(),
        "remarks": page.remarks,
        "standing": standing_in(request),
        "reasons": REASONS.items(),
    }
