import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The description of the API, as it is served; making it takes a second."""
    told: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return told


def test_the_description_tells_of_every_route(document):
    assert document["openapi"].startswith("3.")
    routes = {(method, path) for path, told in document["paths"].items() for method in told}
    assert ("post", "/api/v1/incidents") in routes
    assert ("post", "/api/v1/checkpoints/{checkpoint_id}/resolve") in routes
    for path, told in document["paths"].items():
        for method, operation in told.items():
            assert operation["description"], (method, path)
            assert operation["security"], (method, path)
            assert {"401", "403"} <= set(operation["responses"]), (method, path)


def test_the_description_shows_what_an_incident_is(document):
    operation = document["paths"]["/api/v1/incidents"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["error_type"]
    assert {"message", "severity", "context", "external_id", "occurred_at"} < set(
        schema["properties"]
    )
    assert "$ref" not in str(schema)


def test_every_reference_of_the_description_leads_somewhere(document):
    names = set(re.findall(r"#/components/schemas/([\w.-]+)", json.dumps(document)))
    assert names <= set(document["components"]["schemas"])


def test_the_page_loads_nothing_from_elsewhere_and_nothing_inline(client):
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page.text)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []
    assert "<style" not in page.text
    assert 'data-openapi-url="/api/v1/openapi.json"' in page.text
    for address in re.findall(r'(?:src|href)="/static/([^"]+)"', page.text):
        assert finders.find(address), address


def test_operations_have_names_of_their_own(document):
    operations = [
        operation["operationId"]
        for told in document["paths"].values()
        for operation in told.values()
    ]
    assert len(operations) == len(set(operations))
