"""The permission matrix, and what the API refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from m25console import denials
from m25console.denied import AccessDenial
from m25console.vocabulary import Role, Scope
from tests.m25console.builders import a_member, a_tenant, a_token, signed_in
from tests.machines import Machine

pytestmark = pytest.mark.django_db
PAGE = "/settings/permissions"


def test_every_member_reads_it_and_finds_their_own_column() -> None:
    page = signed_in(a_member(a_tenant(), role=Role.VIEWER)).get(PAGE).text
    assert "Viewer <small>(you)</small>" in page
    assert "manage:integrations" in page
    assert "Refused through the API" not in page


def test_a_refusal_of_the_api_is_counted_by_the_hour() -> None:
    tenant, other = a_tenant(), a_tenant(slug="other")
    _row, token = a_token(tenant)
    for _ in range(3):
        assert Machine(token).post("/incidents", {"error_type": "x"}).status_code == 403

    kept = AccessDenial.objects.get(tenant=tenant)
    assert (kept.permission, kept.times, kept.method) == ("write:runs", 3, "POST")
    assert kept.route == "api/v1/incidents"
    page = signed_in(a_member(tenant, role=Role.ADMIN)).get(PAGE).text
    assert "write:runs" in page.partition("Refused through the API")[2]
    assert not AccessDenial.objects.filter(tenant=other).exists()


def test_a_decision_that_its_person_may_not_take_is_kept_too() -> None:
    tenant = a_tenant()
    admin = a_member(tenant, role=Role.ADMIN)
    _row, token = a_token(tenant, scopes=[Scope.DECIDE], decides_for=admin.user)
    tenant.memberships.update(role=Role.REVIEWER)

    assert Machine(token).get("/credentials").status_code == 403
    assert AccessDenial.objects.get().actor_label.startswith("rita")


def test_what_was_refused_is_forgotten_after_a_month() -> None:
    tenant = a_tenant()
    now = timezone.now()
    for days in (1, 31):
        AccessDenial.objects.create(
            tenant=tenant, hour=now - timedelta(days=days), actor_label="x", permission="y",
            method="GET", route="z", last_at=now,
        )  # fmt: skip
    assert denials.forget(now) == {"denials": 1}
    assert denials.forget(now) == {"denials": 0}
