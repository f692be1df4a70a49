"""The HTTP API's frame: one OpenAPI document, one shape of error, whatever the route."""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    UnreadablePostError,
)
from django.urls import URLPattern, URLResolver, include, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder

from m25console.api import errors
from m25console.api.docs import DocsPage, add_refusals
from m25console.refusals import Refusal

DESCRIPTION = """\
Send incidents, read what became of them, and decide what waits for a person.

Every request carries an API token: `Authorization: Bearer m25_…`. Errors read
`{"error": {"code", "message", "fields"?}}`. Lists come in pages: pass `next_cursor` as `cursor`.
After 429 or 503, wait as many seconds as `Retry-After` says and send the same again.
"""


class OrjsonRenderer(BaseRenderer):
    media_type = errors.JSON

    def render(self, _request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002
        try:
            return orjson.dumps(data)
        except orjson.JSONEncodeError:
            # PostgreSQL writes 1e300 as an integer, and orjson knows those of 64 bits only.
            return json.dumps(data, cls=NinjaJSONEncoder).encode()


class ConsoleApi(NinjaAPI):
    """An API whose every answer is JSON and kept by nobody on the way."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        patterns, app_name, namespace = super().urls
        return _by_first_part(patterns), app_name, namespace

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        add_refusals(document)
        return document


def console_api() -> ConsoleApi:
    """An API without routes yet."""
    api = ConsoleApi(
        title="m25console",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api",
        docs=DocsPage(),
        renderer=OrjsonRenderer(),
    )
    api.exception_handler(Refusal)(errors.on_refusal)
    api.exception_handler(ValidationError)(errors.on_wrong_parameters)
    api.exception_handler(HttpError)(errors.on_http_error)
    api.exception_handler(Http404)(errors.on_missing)
    api.exception_handler(RequestDataTooBig)(errors.on_too_much)
    api.exception_handler(UnreadablePostError)(errors.on_broken_off)
    return api


def _by_first_part(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses, looked for first by their part before the first slash: tried one by one,
    two hundred routes cost a machine's request half a millisecond of CPU."""
    parts: dict[str, list[URLPattern]] = {}
    for one in patterns:
        assert isinstance(one, URLPattern)
        first, slash, rest = str(one.pattern).partition("/")
        view = _in_json(one.callback)
        parts.setdefault(first + slash, []).append(path(rest, view, name=one.name))
    return [path(first, include(found)) for first, found in parts.items()]


def _in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(response["Allow"])
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered


def _not_allowed(allowed: str) -> HttpResponse:
    methods = ", ".join(sorted(allowed.split(", ")))
    answer = errors.error_answer(
        status=405, code="method_not_allowed", message=f"Use one of: {methods}."
    )
    answer["Allow"] = methods
    return answer
