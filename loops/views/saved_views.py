"""Keeping what is chosen in the queue as a view, and forgetting one."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from loops.actions import saved_views
from loops.models import SavedView
from loops.presenters.queue_filters import filters_in, told
from loops.views.checkpoints import show_queue
from m25console.access import actor_of
from m25console.refusals import InvalidInput


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters in the form's `query` under a name, then open the view; with a name that
    cannot be, the queue comes again with the reason."""
    query = QueryDict(request.POST.get("query", ""))
    name = request.POST.get("name", "")
    try:
        view = saved_views.save(
            name=name,
            query=told(filters_in(query)),
            is_shared=request.POST.get("is_shared") == "1",
            by=actor_of(request),
            now=timezone.now(),
        )
    except InvalidInput as refused:
        request.GET = query
        error = {"view_error": str(refused), "view_name": name}
        return show_queue(request, status=422, more=error)
    messages.success(
        request, f"The view {view.name} is kept{' for everybody' if view.is_shared else ''}."
    )
    return _opened(view)


@require_POST
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Rename a view, or with `replace` have it keep the filters in the form's `query`; then open
    it. With a name that cannot be, the queue comes again with the reason."""
    query = QueryDict(request.POST.get("query", ""))
    replaces = request.POST.get("replace") == "1"
    name = request.POST.get("name", "")
    try:
        view = saved_views.change(
            view_id=view_id,
            name=None if replaces else name,
            query=told(filters_in(query)) if replaces else None,
            by=actor_of(request),
            now=timezone.now(),
        )
    except InvalidInput as refused:
        request.GET = QueryDict(f"{query.urlencode()}&{urlencode({'view': view_id})}")
        error = {"rename_error": str(refused), "view_rename": name}
        return show_queue(request, status=422, more=error)
    kept = "keeps what is chosen now" if replaces else "has its new name"
    messages.success(request, f"The view {view.name} {kept}.")
    return _opened(view)


@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a view; the queue stays as it is filtered."""
    saved_views.delete(view_id=view_id, by=actor_of(request), now=timezone.now())
    messages.success(request, "The view is gone; what it showed is not.")
    query = told(filters_in(QueryDict(request.POST.get("query", ""))))
    return redirect(f"{reverse('loops:checkpoints')}?{query}")


@require_POST
def go_on(request: HttpRequest) -> HttpResponse:
    """Whether the next checkpoint opens by itself after a decision, for this session."""
    actor_of(request)
    request.session["goes_on"] = request.POST.get("on") == "1"
    return HttpResponse(status=204)


def _opened(view: SavedView) -> HttpResponse:
    kept = dict(QueryDict(view.query).items()) | {"view": str(view.pk)}
    return redirect(f"{reverse('loops:checkpoints')}?{urlencode(kept)}")
