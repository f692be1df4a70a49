"""Answering requests: pages with partials, and addresses it is safe to go back to."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partials: Collection[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only the partial that ?partial= names.

    `partials` is the list of names a client may ask for; any other value gives the
    whole page. Choosing by URL rather than by HX-Target keeps us independent of the
    htmx version, whose headers differ between 2 and 4.
    """
    wanted = request.GET.get("partial")
    if wanted in partials:
        template = f"{template}#{wanted}"
    return render(request, template, context, status=status)


def safe_next(request: HttpRequest, *, default: str) -> str:
    """The address in `next`, if it is one of this site's; otherwise `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # Django takes a word without a slash for the name of a view, and fails if it is none.
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if safe else default


def is_api(request: HttpRequest) -> bool:
    """Whether the caller is a machine that reads JSON rather than a page."""
    return request.path_info.startswith("/api/")


def client_address(request: HttpRequest, *, behind_proxy: bool) -> str:
    """The address that a request came from, as its TCP peer or as our own proxy tells it.

    Only the last entry of X-Forwarded-For is our proxy's word; the others are the client's.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if behind_proxy and forwarded:
        return str(forwarded).rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
