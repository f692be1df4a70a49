import re

import pytest
from django.utils import timezone

from m25console import tokens
from m25console.models import ApiToken
from m25console.vocabulary import Role, Scope
from tests.m25console.builders import a_member, a_tenant, a_token, signed_in

pytestmark = pytest.mark.django_db

FORM = {"name": "billing agents", "scopes": ["incidents:write", "read"], "lifetime": "30"}


def test_a_new_token_is_shown_once_and_works() -> None:
    tenant = a_tenant()
    browser = signed_in(a_member(tenant, role=Role.ADMIN))

    page = browser.post("/tokens/", FORM)

    found = re.search(r'value="(m25_[^"]+)"', page.content.decode())
    assert found is not None
    actor = tokens.authenticate(found[1], scope=Scope.INCIDENTS_WRITE, now=timezone.now())
    assert actor.tenant == tenant
    assert "no-store" in page["Cache-Control"]
    assert found[1] not in browser.get("/tokens/").content.decode()


def test_a_form_without_scopes_is_answered_with_the_reason() -> None:
    browser = signed_in(a_member(a_tenant(), role=Role.ADMIN))

    answer = browser.post("/tokens/", {"name": "x", "lifetime": "30"})

    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_admins_see_the_tokens(role: Role) -> None:
    browser = signed_in(a_member(a_tenant(), role=role))

    answer = browser.get("/tokens/")

    assert answer.status_code == 403
    assert "Only this tenant&#x27;s admins" in answer.content.decode()
    assert "/tokens/" not in browser.get("/members/").content.decode()


def test_revoking_another_tenants_token_is_a_404() -> None:
    row, _token = a_token(a_tenant("globex"))
    browser = signed_in(a_member(a_tenant("acme"), role=Role.ADMIN))

    assert browser.post(f"/tokens/{row.pk}/revoke/").status_code == 404
    row.refresh_from_db()
    assert row.revoked_at is None


def test_another_tenants_tokens_are_not_listed() -> None:
    row, _token = a_token(a_tenant("globex"))
    browser = signed_in(a_member(a_tenant("acme"), role=Role.ADMIN))

    assert row.prefix not in browser.get("/tokens/").content.decode()


def test_a_revoked_token_says_so_in_words() -> None:
    tenant = a_tenant()
    row, _token = a_token(tenant)
    browser = signed_in(a_member(tenant, role=Role.ADMIN))

    page = browser.post(f"/tokens/{row.pk}/revoke/", follow=True).content.decode()

    assert "Revoked" in page
