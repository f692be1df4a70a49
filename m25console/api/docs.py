"""The API's documentation: what a request body looks like, and a page to read and try it."""

from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.schema import NinjaGenerateJsonSchema
from pydantic import BaseModel

from m25console.api.schemas import ErrorOut

REFERENCE: Final = "#/components/schemas/{model}"


class DocsPage(DocsBase):
    """Swagger UI from our own origin: no other origin and no inline script is allowed."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        context = {"title": api.title, "openapi_url": self.get_openapi_url(api, kwargs)}
        return render(request, "api_docs.html", context)


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """For a route that reads its body by itself: how OpenAPI describes it."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def add_refusals(document: dict[str, Any]) -> None:
    """Says of every answer that refuses what it looks like: see `refusals`."""
    shape = ErrorOut.model_json_schema(
        ref_template=REFERENCE, schema_generator=NinjaGenerateJsonSchema
    )
    document["components"]["schemas"] |= shape.pop("$defs") | {ErrorOut.__name__: shape}
    reference = {"$ref": REFERENCE.format(model=ErrorOut.__name__)}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= HTTPStatus.BAD_REQUEST:
                    answer["content"] = {"application/json": {"schema": reference}}
