import re

from django.contrib.staticfiles import finders

from m25console.urls import api


def test_the_description_tells_of_every_route(client):
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    routes = {(method, path) for path, told in document["paths"].items() for method in told}
    assert ("post", "/api/v1/incidents") in routes
    assert ("post", "/api/v1/checkpoints/{checkpoint_id}/resolve") in routes
    for path, told in document["paths"].items():
        for method, operation in told.items():
            assert operation["description"], (method, path)
            assert operation["security"], (method, path)
            assert {"401", "403"} <= set(operation["responses"]), (method, path)


def test_the_description_shows_what_an_incident_is(client):
    document = client.get("/api/v1/openapi.json").json()
    operation = document["paths"]["/api/v1/incidents"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["error_type"]
    assert {"message", "severity", "context", "external_id", "occurred_at"} < set(
        schema["properties"]
    )
    assert "$ref" not in str(schema)


def test_every_reference_of_the_description_leads_somewhere(client):
    document = client.get("/api/v1/openapi.json").json()
    names = set(
        re.findall(r"#/components/schemas/([\w.-]+)", client.get("/api/v1/openapi.json").text)
    )
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


def test_operations_have_names_of_their_own():
    operations = [
        operation["operationId"]
        for told in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].values()
        for operation in told.values()
    ]
    assert len(operations) == len(set(operations))
