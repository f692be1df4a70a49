"""The frame around pages: the navigation's counts, and the last resort."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from m25console import answers
from m25console.http import is_api
from m25console.refusals import NotFound, NotPermitted


@never_cache
@require_safe
def navigation(request: HttpRequest) -> HttpResponse:
    """The navigation by itself, re-fetched when its counts have changed."""
    return render(request, "components/navigation.html")


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if is_api(request) or answers.is_fragment(request):
        return answers.refusal(request, NotFound("There is nothing here."))
    return render(request, "404.html", status=404)


@login_not_required
def forbidden(request: HttpRequest, reason: object = "", exception: object = None) -> HttpResponse:  # noqa: ARG001
    """For Django's own 403s, a missing or stale form token above all."""
    message = "This form is out of date. Reload the page and try again."
    if is_api(request) or answers.is_fragment(request):
        return answers.refusal(request, NotPermitted(message))
    return render(request, "403.html", {"reason": message}, status=403)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 if what failed was reaching the database. Nothing here may fail in turn."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return answers.unavailable(request)
    if is_api(request):
        message = "Something went wrong on our side. It has been logged."
        return answers.error_json(status=500, code="internal", message=message)
    return HttpResponse(render_to_string("500.html"), status=500)
