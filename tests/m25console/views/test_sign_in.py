import pytest
from django.test import Client

from m25console import throttle
from m25console.models import User
from tests.m25console.builders import PASSWORD, a_member, a_person, a_tenant, signed_in

pytestmark = pytest.mark.django_db


def sign_in(client: Client, name: str, *, password: str = PASSWORD, onward: str = "") -> int:
    form = {"username": name, "password": password, "next": onward}
    return client.post("/sign-in/", form).status_code


@pytest.mark.parametrize("name", ["rita", "RITA", " rita@acme.example", "Rita@Acme.Example"])
def test_a_person_signs_in_with_name_or_email_in_any_case(client: Client, name: str) -> None:
    User.objects.create_user("rita", email="rita@acme.example", password=PASSWORD)

    assert sign_in(client, name) == 302
    assert client.get("/account/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client) -> None:
    a_person()

    wrong = client.post("/sign-in/", {"username": "rita", "password": "x"})
    unknown = client.post("/sign-in/", {"username": "nobody", "password": "x"})

    assert wrong.status_code == unknown.status_code == 422
    assert "Either the name or the password is wrong." in wrong.content.decode()
    assert "Either the name or the password is wrong." in unknown.content.decode()


def test_a_person_who_is_switched_off_does_not_get_in(client: Client) -> None:
    person = a_person()
    person.is_active = False
    person.save()

    assert sign_in(client, "rita") == 422


def test_guessing_ends_in_429_and_even_the_right_password_waits(client: Client) -> None:
    a_person()
    for _ in range(throttle.NAME_FROM_ADDRESS_LIMIT):
        sign_in(client, "rita", password="wrong")

    answer = client.post("/sign-in/", {"username": "rita", "password": PASSWORD})

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= throttle.WINDOW.total_seconds()
    assert "Too many attempts" in answer.content.decode()


def test_the_session_key_changes_at_sign_in(client: Client) -> None:
    a_person()
    client.get("/sign-in/")
    before = client.session.session_key
    sign_in(client, "rita")

    assert client.session.session_key != before
    assert client.cookies["sid"]["httponly"]
    assert client.cookies["sid"]["samesite"] == "Lax"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_signing_in_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    a_person()

    answer = client.post("/sign-in/", {"username": "rita", "password": PASSWORD, "next": elsewhere})

    assert answer["Location"] == "/"


def test_signing_in_leads_back_to_the_page_asked_for(client: Client) -> None:
    a_person()
    asked = client.get("/account/")
    assert asked["Location"] == "/sign-in/?next=/account/"

    answer = client.post(
        "/sign-in/", {"username": "rita", "password": PASSWORD, "next": "/account/"}
    )

    assert answer["Location"] == "/account/"


def test_signing_out_needs_a_post() -> None:
    browser = signed_in(a_member(a_tenant()))

    assert browser.get("/sign-out/").status_code == 405
    assert browser.get("/account/").status_code == 200
    browser.post("/sign-out/")
    assert browser.get("/account/").status_code == 302


def test_a_fragment_asked_for_without_a_session_leads_the_page_to_sign_in(client: Client) -> None:
    answer = client.get("/members/", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in/"


def test_a_form_without_its_token_is_refused_in_words() -> None:
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/sign-in/", {"username": "rita", "password": PASSWORD})

    assert answer.status_code == 403
    assert "out of date" in answer.content.decode()
