from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django_htmx.middleware import HtmxMiddleware

from m25console import answers
from m25console.middleware import DatabaseAwayMiddleware, RefusalMiddleware
from m25console.refusals import InvalidInput, NotSignedIn, TooMany
from m25console.views.frame import server_error
from tests.m25console.builders import a_member, a_tenant, signed_in


def asked(path: str, **headers: str) -> HttpRequest:
    request = RequestFactory().get(path, headers=headers)
    HtmxMiddleware(lambda _request: HttpResponse())(request)
    return request


def test_the_api_reads_a_refusal_as_json() -> None:
    refused = InvalidInput("Look at error_type.", fields={"error_type": ["Required."]})

    answer = RefusalMiddleware(HttpResponse).process_exception(asked("/api/v1/incidents"), refused)

    assert answer is not None
    assert answer.status_code == 422
    assert answer.content == (
        b'{"error": {"code": "invalid", "message": "Look at error_type.",'
        b' "fields": {"error_type": ["Required."]}}}'
    )


def test_a_machine_without_a_token_is_told_how_to_sign_in() -> None:
    answer = answers.refusal(asked("/api/v1/incidents"), NotSignedIn("No token."))

    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_refusal_in_a_hurry_says_when_to_come_back() -> None:
    answer = answers.refusal(asked("/api/v1/incidents"), TooMany("Slowly.", retry_after=7))

    assert (answer.status_code, answer["Retry-After"]) == (429, "7")


def test_a_fragments_refusal_goes_to_the_notices() -> None:
    answer = answers.refusal(
        asked("/x", **{"HX-Request": "true"}), TooMany("Slowly.", retry_after=7)
    )

    assert answer["HX-Retarget"] == "#notices"
    assert "<html" not in answer.content.decode()
    assert "Slowly." in answer.content.decode()


def test_text_in_a_refusal_is_text() -> None:
    answer = answers.refusal(
        asked("/x", **{"HX-Request": "true"}), InvalidInput("<script>alert(1)</script>")
    )

    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/incidents", "/members/"])
def test_a_database_that_is_away_is_a_503_with_retry_after(path: str) -> None:
    away = OperationalError("connection refused")

    answer = DatabaseAwayMiddleware(HttpResponse).process_exception(asked(path), away)

    assert answer is not None
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "connection refused" not in answer.content.decode()


@pytest.fixture
def closed_database() -> Iterator[None]:
    """A database that refuses connections, as one does that is being restarted."""
    port = connection.settings_dict["PORT"]
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict.update(PORT="1", HOST="127.0.0.1")
    yield
    connection.close()
    connection.settings_dict.update(PORT=port, HOST=host)


@pytest.mark.django_db(transaction=True)
def test_pages_answer_503_while_the_database_is_away(closed_database: None) -> None:
    browser = Client(raise_request_exception=False)
    browser.cookies["sid"] = "0" * 32

    page = browser.get("/account/")

    assert page.status_code == 503
    assert "Back in a moment" in page.content.decode()
    assert browser.get("/healthz/live").status_code == 200
    assert browser.get("/healthz/ready").json()["checks"]["database"] == "not answering"


def test_another_fault_is_a_500_without_its_cause() -> None:
    try:
        raise RuntimeError("secret detail")
    except RuntimeError:
        page = server_error(asked("/members/"))
        machine = server_error(asked("/api/v1/incidents"))

    assert page.status_code == machine.status_code == 500
    assert "secret detail" not in (page.content + machine.content).decode()


@pytest.mark.django_db
def test_pages_carry_a_strict_policy_and_nothing_inline() -> None:
    browser = signed_in(a_member(a_tenant()))

    for path in ("/members/", "/account/", "/nothing-here/"):
        answer = browser.get(path)
        policy = answer["Content-Security-Policy"]
        page = answer.content.decode()
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        scripts = page.split("<script")[1:]  # data is none that a browser runs
        assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)


@pytest.mark.django_db
def test_every_page_wants_a_signed_in_person(client: Client) -> None:
    open_to_all = {"/sign-in/", "/healthz/live", "/healthz/ready", "/metrics"}
    paths = ("/", "/account/", "/members/", "/tokens/", "/navigation/", "/admin/")

    assert not open_to_all & set(paths)
    for path in paths:
        assert client.get(path).status_code == 302, path


@pytest.mark.django_db
def test_an_unknown_api_address_is_json(client: Client) -> None:
    answer = client.get("/api/nothing/here")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
