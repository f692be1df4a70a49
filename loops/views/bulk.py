"""Answering many questions at once: read what it comes to, mean it, see what came of each."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from loops.actions import bulk
from loops.actions.bulk import Chosen
from loops.domain.bulk import MOST
from loops.domain.states import BulkAct
from loops.engine import answering_many
from loops.presenters.bulk import (
    Intent,
    chosen_in,
    intent_of,
    intent_of_all,
    matching,
    progress_of,
)
from loops.presenters.wordings import REASONS
from loops.reviewing_forms import BulkForm
from loops.views.standing import standing_in
from m25console.access import Actor, actor_of, check_reviews
from m25console.http import render_page
from m25console.refusals import InvalidInput, Refusal, WrongState

CONFIRM = "loops/checkpoints/bulk.html"
RUN = "loops/checkpoints/bulk_run.html"
STOP = 286  # tells htmx to look no more


@never_cache
@require_POST
def together(request: HttpRequest) -> HttpResponse:
    """Those `chosen`, or with `all=1` every one that the `filter` lets through.

    Nothing is done until it was `confirmed`; all that match only if they are as many as were
    shown, `count`.
    """
    actor, now = standing_in(request).actor, timezone.now()
    check_reviews(actor)
    form = BulkForm(request.POST)
    if not form.is_valid():
        told = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        raise InvalidInput("That cannot be done to many at once.", fields=told)
    intent = _intent(request, form, actor, now)
    if not form.is_meant:
        return _confirm(request, form, intent)
    try:
        return _do(form, intent, actor, now)
    except (WrongState, InvalidInput) as refused:
        return _confirm(request, form, intent, refused=refused)


def _intent(request: HttpRequest, form: BulkForm, actor: Actor, now: datetime) -> Intent:
    act = BulkAct(form.cleaned_data["act"])
    if form.cleaned_data["all"]:
        return intent_of_all(act, matching(actor, form.cleaned_data["filter"], now=now))
    chosen = chosen_in(request.POST.getlist("chosen"))
    if not 1 <= len(chosen) <= MOST:
        raise InvalidInput(f"Select between one and {MOST} checkpoints first.")
    return intent_of(act, chosen, actor=actor)


def _do(form: BulkForm, intent: Intent, actor: Actor, now: datetime) -> HttpResponse:
    chosen = [Chosen(row.id, row.digest) for row in intent.rows]
    if intent.is_all:
        chosen = _all(form, actor, now)
    said = form.said(now=now, zone=timezone.get_current_timezone())
    run = bulk.begin(said=said, chosen=chosen, by=actor, now=now)
    answering_many.carry_on(run, now=now)
    return redirect("loops:bulk-run", run.pk)


def _all(form: BulkForm, actor: Actor, now: datetime) -> list[Chosen]:
    """All that match, looked for again. Raises WrongState unless they are as many as were shown."""
    rows = matching(actor, form.cleaned_data["filter"], now=now)
    found = list(rows.values_list("pk", "contract_digest")[: MOST + 1])
    shown = form.cleaned_data["count"]
    if len(found) != shown:
        now_many = f"{MOST} or more" if len(found) > MOST else str(len(found))
        raise WrongState(
            f"You were shown {shown}; {now_many} match by now. Nothing was done. Look again."
        )
    return [Chosen(pk, digest) for pk, digest in found]


def _confirm(
    request: HttpRequest, form: BulkForm, intent: Intent, *, refused: Refusal | None = None
) -> HttpResponse:
    """What is about to be done, for the person to read; with why not, if it was refused."""
    context = {
        "intent": intent,
        "form": form,
        "most": MOST,
        "refusal": str(refused or ""),
        "reasons": REASONS,
        "standing": standing_in(request),
    }
    return render(request, CONFIRM, context, status=refused.status_code if refused else 200)


@never_cache
@require_safe
def run(request: HttpRequest, bulk_number: int) -> HttpResponse:
    """What came of each; looks again by itself until the last is done."""
    progress = progress_of(actor_of(request), bulk_number)
    looks_again = request.GET.get("partial") == "progress"
    status = STOP if looks_again and progress.is_finished else 200
    return render_page(request, RUN, {"progress": progress}, partials=["progress"], status=status)
