"""The API's documentation: what a request body looks like, and a page to read and try it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from pydantic import BaseModel


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
