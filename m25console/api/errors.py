"""Every way the API says no, in its one shape: `{error: {code, message, fields?, …}}`."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, ValidationError

from m25console import answers, denials
from m25console.access import Denied
from m25console.refusals import InvalidInput, NotFound, Refusal

JSON = "application/json"


class BadRequest(Refusal):
    """What was sent cannot be read at all."""

    status_code = 400
    code = "bad_request"


class TooLarge(Refusal):
    """More was sent than is taken at once."""

    status_code = 413
    code = "too_large"


class WrongMediaType(Refusal):
    """What was sent is not JSON, or packed in a way that is not taken."""

    status_code = 415
    code = "unsupported_media_type"


def json_answer(value: object, *, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type=JSON)


def error_answer(
    *,
    status: int,
    code: str,
    message: str,
    fields: Mapping[str, Sequence[str]] | None = None,
    **details: object,
) -> HttpResponse:
    """A refusal that says more than its message: `details` stand beside it."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return json_answer({"error": {**error, **details}}, status=status)


def on_refusal(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """Says no; a missing right is kept, so that an admin sees which token lacks which."""
    if isinstance(refused, Denied):
        denials.keep(request, refused)
    return answers.refusal(request, refused)


def on_wrong_parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters of the address that are out of bounds, named as in the address."""
    fields: dict[str, list[str]] = {}
    for one in error.errors:
        fields.setdefault(str(one["loc"][-1]), []).append(str(one["msg"]))
    refused = InvalidInput("Some parameters are wrong.", fields=fields)
    return answers.refusal(request, refused)


def on_http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_answer(status=error.status_code, code="refused", message=str(error))


def on_missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    return answers.refusal(request, NotFound("There is nothing here."))


def on_too_much(request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return answers.refusal(request, TooLarge("The request body is too large."))


def on_broken_off(request: HttpRequest, _error: UnreadablePostError) -> HttpResponse:
    return answers.refusal(request, BadRequest("The request body broke off."))
