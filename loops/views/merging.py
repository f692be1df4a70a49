"""Which failures are the same: likeness, merges, splits, and pairs told apart."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from loops.actions import cannot_links, pattern_merges, pattern_splits
from loops.actions.pattern_merges import MOST_MERGED
from loops.actions.pattern_splits import MOST_CHOSEN
from loops.merge_forms import MergeForm, ReasonForm
from loops.models import FailurePattern
from loops.presenters.likeness import history_page, likeness_page, merged_page
from loops.presenters.merging import largest, merge_page, split_page
from m25console import keyset
from m25console.access import Actor, actor_of, check_reviews
from m25console.refusals import InvalidInput, WrongState

HISTORY: Final = "loops/patterns/history.html"
LIKENESS: Final = "loops/patterns/likeness.html"
MERGE: Final = "loops/patterns/merge.html"
MERGED: Final = "loops/patterns/merged.html"
SPLIT: Final = "loops/patterns/split.html"


@never_cache
@require_safe
def likeness(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """What the pattern is and is not, and where to say otherwise; or what people made of it."""
    actor = actor_of(request)
    found = _pattern(actor, pattern_id)
    if found.merged_into_id:
        return redirect("loops:pattern", pattern_id)
    if request.GET.get("tab") == "history":
        return render(request, HISTORY, {"page": history_page(found)})
    return render(request, LIKENESS, {"page": likeness_page(found, actor=actor)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """What merging this pattern with others would do; a POST does it, or tells the two apart."""
    actor = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    patterns = _chosen(actor, [pattern_id, *asked.getlist("with")])
    into = asked.get("into", "")
    if request.method != "POST":
        return _show_merge(request, patterns, actor, MergeForm(), into=into)
    check_reviews(actor)
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _show_merge(request, patterns, actor, form, into=into, status=422)
    heir = next((one for one in patterns if one.pk == into), None) or largest(patterns)
    others = [one.pk for one in patterns if one is not heir]

    def act() -> str:
        return _merge_or_not(form, heir.pk, others, actor)

    def again(status: int) -> HttpResponse:
        return _show_merge(request, patterns, actor, form, into=into, status=status)

    return _done(request, act, again, form, leads_to=heir.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unmerge(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """What is left of a merged pattern; a POST makes it one of its own again."""
    actor = actor_of(request)
    found = _pattern(actor, pattern_id)
    if request.method == "POST":
        check_reviews(actor)
    if found.merged_into is None:
        return redirect("loops:pattern", pattern_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        status = 200 if request.method != "POST" else 422
        return show_merged(request, found, actor, form, status=status)

    def act() -> str:
        reason = form.cleaned_data["reason"]
        pattern_splits.unmerge(pattern_id=found.pk, reason=reason, by=actor, now=timezone.now())
        return "It is a pattern of its own again, and will stay one."

    def again(status: int) -> HttpResponse:
        return show_merged(request, found, actor, form, status=status)

    return _done(request, act, again, form, leads_to=found.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, pattern_id: str) -> HttpResponse:
    """Incidents to choose, and what would become of them; a POST splits them off."""
    actor = actor_of(request)
    found = _pattern(actor, pattern_id)
    if found.merged_into_id:
        return redirect("loops:pattern", pattern_id)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [one for one in asked.getlist("incident") if "\0" not in one][: MOST_CHOSEN + 1]
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def again(status: int) -> HttpResponse:
        return _show_split(request, found, actor, form, chosen, status=status)

    if request.method != "POST" or not form.is_valid():
        return again(200 if request.method != "POST" else 422)

    def act() -> str:
        made = pattern_splits.split(
            pattern_id=found.pk, incident_ids=chosen, reason=form.cleaned_data["reason"],
            by=actor, now=timezone.now(),
        )  # fmt: skip
        return f"Split off: {len(chosen)} incidents are of pattern {made.pk} now."

    return _done(request, act, again, form, leads_to=found.pk)


@require_http_methods(["POST"])
def lift(request: HttpRequest, pattern_id: str, link_id: int) -> HttpResponse:
    """Let a pair that was told apart be merged again."""
    actor = actor_of(request)
    found = _pattern(actor, pattern_id)
    try:
        cannot_links.lift(
            link_id=link_id, reason=request.POST.get("reason", ""), by=actor, now=timezone.now()
        )
    except (InvalidInput, WrongState) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Lifted: the two may be merged again.")
    return redirect("loops:pattern-likeness", found.pk)


def show_merged(
    request: HttpRequest,
    pattern: FailurePattern,
    actor: Actor,
    form: ReasonForm,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of a pattern that was merged."""
    heir = pattern.merged_into
    assert heir is not None  # the caller asked
    page = merged_page(pattern, heir, actor=actor)
    return render(request, MERGED, {"page": page, "form": form}, status=status)


def _merge_or_not(form: MergeForm, heir: str, others: Sequence[str], actor: Actor) -> str:
    """What the person who acted reads next."""
    reason, now = form.cleaned_data["reason"], timezone.now()
    if form.cleaned_data["do"] == MergeForm.APART:
        if len(others) != 1:
            raise InvalidInput("Tell two patterns apart at a time.")
        cannot_links.tell_apart(
            pattern_id=heir, other_id=others[0], reason=reason, by=actor, now=now
        )
        return "Told apart: nothing makes one of them until somebody lifts that."
    pattern_merges.merge(
        into=heir, pattern_ids=others, reason=reason, by=actor, now=now,
        seen=form.cleaned_data["seen"],
    )  # fmt: skip
    return "Merged. Incidents that read like either are counted here from now on."


def _done(
    request: HttpRequest,
    act: Callable[[], str],
    again: Callable[[int], HttpResponse],
    form: ReasonForm,
    *,
    leads_to: str,
) -> HttpResponse:
    """The answer to a deed: on to the pattern, or the form again with what was wrong."""
    try:
        told = act()
    except InvalidInput as refused:
        form.add_error(None if "reason" not in refused.fields else "reason", str(refused))
        return again(422)
    except WrongState as refused:
        form.add_error(None, str(refused))
        return again(409)
    messages.success(request, told)
    return redirect("loops:pattern-likeness", leads_to)


def _pattern(actor: Actor, pattern_id: str) -> FailurePattern:
    mine = FailurePattern.objects.for_tenant(actor.tenant).select_related("merged_into", "tenant")
    return get_object_or_404(mine, pk=pattern_id)


def _chosen(actor: Actor, ids: Sequence[str]) -> list[FailurePattern]:
    """The patterns somebody named, bounded; 404 if one is not theirs."""
    wanted = {one.strip() for one in ids if one.strip()}
    if len(wanted) > MOST_MERGED + 1 or any("\0" in one for one in wanted):
        raise Http404
    mine = FailurePattern.objects.for_tenant(actor.tenant).filter(pk__in=wanted)
    found = list(mine.order_by("pk"))
    if len(found) != len(wanted):
        raise Http404
    return found


def _show_merge(
    request: HttpRequest,
    patterns: Sequence[FailurePattern],
    actor: Actor,
    form: MergeForm,
    *,
    into: str,
    status: int = 200,
) -> HttpResponse:
    page = merge_page(patterns, into=into, actor=actor)
    return render(request, MERGE, {"page": page, "form": form}, status=status)


def _show_split(
    request: HttpRequest,
    pattern: FailurePattern,
    actor: Actor,
    form: ReasonForm,
    chosen: Sequence[str],
    *,
    status: int,
) -> HttpResponse:
    place = keyset.place_in(request.GET)
    page = split_page(pattern, chosen=chosen, place=place, actor=actor)
    context: dict[str, Any] = {
        "page": page, "form": form, "wanted": set(chosen), **keyset.links(request.GET, page.page)
    }  # fmt: skip
    return render(request, SPLIT, context, status=status)
