"""What happens around every view: signing in, refusals, and a database that is away."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware

from m25console import answers, zones
from m25console.access import actor_of, check_still_in
from m25console.http import is_api
from m25console.refusals import NotSignedIn, Refusal
from m25console.templatetags.origin import TENANT_FIELD

logger = logging.getLogger(__name__)

TENANT_HEADER: Final = "X-Tenant"


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # it has no types
    """WhiteNoise, content to have no collected files: then it serves them where they lie."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        if Path(root).is_dir():
            super().add_files(root, prefix)


class RefusalMiddleware(MiddlewareMixin):
    """Turn a Refusal raised by any view into an answer the asker can read."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        return answers.refusal(request, error)


class DatabaseAwayMiddleware(MiddlewareMixin):
    """Answer 503 with Retry-After when a view could not reach the database.

    Code outside views, such as loading the session, ends in views.errors.server_error.
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("database away", exc_info=error, extra={"path": request.path})
        return answers.unavailable(request)


class SignInRequiredMiddleware(MiddlewareMixin):
    """Every page needs a signed-in person unless its view is marked login_not_required.

    The API checks tokens by itself. A fragment or an event stream must not receive the
    sign-in page as if it were its own content.
    """

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> HttpResponse | None:
        open_to_all = is_api(request) or not getattr(view, "login_required", True)
        if open_to_all or request.user.is_authenticated:
            return None
        if "text/event-stream" in request.headers.get("Accept", ""):
            return HttpResponse("Sign in first.", status=401, content_type="text/plain")
        if answers.is_fragment(request):
            ended = NotSignedIn("Your session has ended. Sign in again.")
            answer = answers.refusal(request, ended)
            answer["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
            return answer
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))


class ViewersZoneMiddleware(MiddlewareMixin):
    """Pages tell times in their viewer's zone; machines are told UTC, whoever they ask for."""

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> None:
        # Whether somebody is signed in costs a query, which pages open to all need not pay.
        if not is_api(request) and getattr(view, "login_required", True):
            timezone.activate(zones.zone_of(request))

    def process_response(self, _request: HttpRequest, response: HttpResponse) -> HttpResponse:
        timezone.deactivate()
        return response


class SameTenantMiddleware(MiddlewareMixin):
    """Refuse what a page asks that was made for another tenant than its person acts in now.

    Forms tell theirs in a hidden field, htmx in a header; fragments are compared too, so that
    a page left open is not filled with another tenant's rows.
    """

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        _args: tuple[object, ...],
        _kwargs: dict[str, object],
    ) -> HttpResponse | None:
        slug = request.headers.get(TENANT_HEADER) or request.POST.get(TENANT_FIELD, "")
        if not slug or is_api(request) or not _acts_in_a_tenant(request, view):
            return None
        try:
            check_still_in(actor_of(request), slug=slug)
        except Refusal as refused:
            return answers.refusal(request, refused)
        return None


def _acts_in_a_tenant(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    in_admin = request.resolver_match is not None and request.resolver_match.app_name == "admin"
    open_to_all = not getattr(view, "login_required", True)
    return not (in_admin or open_to_all or getattr(view, "in_any_tenant", False))
