import re

import pytest
from django.test import Client

from m25console.models import Membership
from m25console.vocabulary import Role
from tests.m25console.builders import a_member, a_person, a_tenant, signed_in

pytestmark = pytest.mark.django_db


def test_a_new_person_gets_a_password_that_is_shown_once_and_works(client: Client) -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.ADMIN))

    page = browser.post("/members/", {"username": "new@acme.example", "role": "reviewer"})

    found = re.search(r'id="password" value="([^"]+)"', page.content.decode())
    assert found is not None
    form = {"username": "new@acme.example", "password": found[1]}
    assert client.post("/sign-in/", form).status_code == 302
    assert found[1] not in browser.get("/members/").content.decode()


def test_someone_with_an_account_becomes_a_member() -> None:
    tenant = a_tenant()
    a_person("bob")
    browser = signed_in(a_member(tenant, role=Role.ADMIN))

    browser.post("/members/", {"username": "Bob", "role": "viewer"})

    assert Membership.objects.get(user__username="bob", tenant=tenant).role == Role.VIEWER


def test_a_member_is_not_added_twice() -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.ADMIN))

    answer = browser.post("/members/", {"username": "rita", "role": "viewer"})

    assert answer.status_code == 422
    assert "is a member already" in answer.content.decode()


def test_viewers_see_the_members_and_why_they_cannot_change_them() -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.VIEWER))

    page = browser.get("/members/").content.decode()

    assert "Only this tenant&#x27;s admins can do this." in page
    assert '<form class="inline-form"' not in page


def test_a_viewers_post_is_refused() -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.VIEWER))

    assert browser.post("/members/", {"username": "x", "role": "admin"}).status_code == 403
    assert Membership.objects.count() == 1


def test_another_tenants_membership_is_a_404() -> None:
    a_member(a_tenant("globex"), username="bob")
    foreign = Membership.objects.get(user__username="bob")
    browser = signed_in(a_member(a_tenant("acme"), role=Role.ADMIN))

    assert browser.post(f"/members/{foreign.pk}/remove/").status_code == 404
    assert browser.post(f"/members/{foreign.pk}/role/", {"role": "admin"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.role == Role.REVIEWER


def test_the_frame_costs_at_most_two_queries_beyond_the_session() -> None:
    tenant = a_tenant()
    browser = signed_in(a_member(tenant))
    browser.get("/navigation/")

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        browser.get("/navigation/")

    frame = [q["sql"] for q in queries if "django_session" not in q["sql"]]
    assert len([sql for sql in frame if 'FROM "users"' not in sql]) <= 2
