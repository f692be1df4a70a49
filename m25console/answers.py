"""What a refused or failed request is answered with: JSON, a fragment or a whole page."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from m25console.http import is_api
from m25console.refusals import Refusal

UNAVAILABLE_RETRY_SECONDS: Final = 2


def error_json(
    *, status: int, code: str, message: str, fields: dict[str, list[str]] | None = None
) -> JsonResponse:
    """The API's one shape of error: `{error: {code, message, fields?}}`."""
    error: dict[str, object] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return JsonResponse({"error": error}, status=status)


def refusal(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """A refusal in words, where the asker reads it; htmx puts it among the page's notices."""
    if is_api(request):
        fields = getattr(refused, "fields", None)
        response: HttpResponse = error_json(
            status=refused.status_code, code=refused.code, message=str(refused), fields=fields
        )
        if refused.status_code == 401:
            response["WWW-Authenticate"] = 'Bearer realm="m25console"'
    else:
        htmx = is_fragment(request)
        template = "refused.html#notice" if htmx else "refused.html"
        context = {"reason": str(refused), "status": refused.status_code}
        response = render(request, template, context, status=refused.status_code)
        if htmx:
            _send_to_notices(response)
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database did not answer. Built without it, so no request context is used."""
    message = "The database is not answering. Nothing was changed; try again in a moment."
    if is_api(request):
        response: HttpResponse = error_json(status=503, code="unavailable", message=message)
    elif is_fragment(request):
        text = render_to_string("refused.html#notice", {"reason": message})
        response = HttpResponse(text, status=503)
        _send_to_notices(response)
    else:
        response = HttpResponse(render_to_string("503.html", {"reason": message}), status=503)
    response["Retry-After"] = str(UNAVAILABLE_RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked, and will put the answer into the page it shows already."""
    return bool(getattr(request, "htmx", False)) and not request.htmx.history_restore_request  # type: ignore[attr-defined]


def _send_to_notices(response: HttpResponse) -> None:
    response["HX-Retarget"] = "#notices"
    response["HX-Reswap"] = "afterbegin"
