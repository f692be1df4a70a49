"""Equivalent questions: the groups that wait, and deciding one after looking at samples of it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from loops.actions import bulk
from loops.actions.bulk import Chosen, Said
from loops.domain.states import BulkAct
from loops.engine import answering_many
from loops.presenters.groups import (
    LOOKED_AT,
    Group,
    check_sampled,
    group_of,
    groups_of,
    opened_in,
    samples_of,
)
from loops.presenters.wordings import REASONS
from loops.reviewing_forms import GroupForm
from loops.views.standing import standing_in
from m25console.access import Actor, actor_of, check_reviews, verdict
from m25console.refusals import InvalidInput, Refusal, WrongState

LIST = "loops/checkpoints/groups.html"
PAGE = "loops/checkpoints/group.html"


@never_cache
@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """The groups of equivalent questions, the largest first."""
    found = groups_of(actor_of(request), now=timezone.now())
    return render(request, LIST, {"groups": found, "looked_at": LOOKED_AT})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, group_key: str) -> HttpResponse:
    """One group. A POST with `open` shows one more sample and changes nothing; one with `act`
    decides the group, once every sample was opened."""
    actor, now = standing_in(request).actor, timezone.now()
    found = group_of(actor, group_key, now=now)
    form = GroupForm(request.POST)
    opened = opened_in(request.POST.getlist("opened"), group=found, actor=actor)
    if request.method != "POST":
        return _show(request, found, actor, form=GroupForm(), opened=[])
    check_reviews(actor)
    if request.POST.get("act") is None:
        return _show(request, found, actor, form=form, opened=[*opened, *_asked(request)])
    try:
        return _decide(form, found, actor, now, opened=opened)
    except (WrongState, InvalidInput) as refused:
        return _show(request, found, actor, form=form, opened=opened, refused=refused)


def _asked(request: HttpRequest) -> list[str]:
    return request.POST.getlist("open")[:1]


def _decide(
    form: GroupForm, found: Group, actor: Actor, now: datetime, *, opened: list[str]
) -> HttpResponse:
    if not form.is_valid():
        told = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        raise InvalidInput("That cannot be done to a group.", fields=told)
    check_sampled(found, opened=opened)
    act, note = BulkAct(form.cleaned_data["act"]), form.cleaned_data["note"]
    code = form.cleaned_data["reason_code"] if act is BulkAct.REJECT else ""
    said = Said(act=act, note=note, reason_code=code, group_key=found.key)
    chosen = [Chosen(one.pk, one.contract_digest) for one in found.members]
    run = bulk.begin(said=said, chosen=chosen, by=actor, now=now)
    answering_many.carry_on(run, now=now)
    return redirect("loops:bulk-run", run.pk)


def _show(
    request: HttpRequest,
    found: Group,
    actor: Actor,
    *,
    form: GroupForm,
    opened: list[str],
    refused: Refusal | None = None,
) -> HttpResponse:
    samples = samples_of(found, actor=actor, opened=opened)
    context = {
        "group": found,
        "samples": samples,
        "missing": sum(not one.proof for one in samples),
        "may": verdict(check_reviews, actor),
        "sampled": verdict(check_sampled, found, opened=opened),
        "form": form,
        "reasons": REASONS,
        "standing": standing_in(request),
        "refusal": str(refused or ""),
    }
    return render(request, PAGE, context, status=refused.status_code if refused else 200)
