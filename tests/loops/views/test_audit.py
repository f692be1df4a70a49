"""The audit page: who did what, for those who may know."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from m25console import audit
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def page_for(actor: Actor, query: str = "") -> Any:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client.get(f"/audit{query}")


def acted(by: Actor, action: str = "policy.edited", **more: Any) -> AuditEntry:
    about = more.pop("about", by.tenant)
    return audit.record(by=by, action=action, about=about, now=timezone.now(), **more)


def listed(answer: Any) -> list[str]:
    return [row.entry.action for row in answer.context["rows"]]


def test_a_reviewer_reads_who_did_what_to_what_with_the_change(tenant):
    actor = factories.make_actor(tenant, user=factories.make_user(full_name="Rita Moss"))
    trace = factories.run_loop(tenant)
    acted(actor, "loop.retry", about=trace, before={"stage": "x"}, after={"stage": "<y>"})

    page = page_for(actor, "?action=loop.retry").content.decode()

    assert "Rita Moss" in page
    assert "loop tried again" in page
    assert f'href="/loops/{trace.pk}"' in page
    assert "&lt;y&gt;" in page


def test_a_viewer_is_refused_and_not_even_offered_it(tenant):
    viewer = factories.make_actor(tenant, role=Role.VIEWER)

    assert page_for(viewer).status_code == 403
    client = Client()
    assert viewer.user
    client.force_login(viewer.user)
    assert 'href="/audit"' not in client.get("/").content.decode()


def test_it_is_narrowed_by_person_action_object_and_day(tenant):
    rita, omar = factories.make_actor(tenant), factories.make_actor(tenant)
    trace = factories.run_loop(tenant)
    acted(rita, "loop.retry", about=trace)
    acted(omar, "policy.confirm")
    today, tomorrow = timezone.now().date(), timezone.now().date() + timedelta(days=1)

    assert rita.user
    assert listed(page_for(rita, f"?person={rita.user.pk}")) == ["loop.retry"]
    assert listed(page_for(rita, "?action=policy.confirm")) == ["policy.confirm"]
    assert listed(page_for(rita, f"?object={trace.pk}")) == ["loop.retry"]
    assert len(listed(page_for(rita, f"?from={today}&to={today}"))) >= 2
    assert listed(page_for(rita, f"?from={tomorrow}")) == []


@pytest.mark.parametrize(
    "query",
    ["?person=x", "?person=99999999999", "?from=never", "?to=9999-12-31", "?object=%00"],
)
def test_what_an_address_misspells_narrows_nothing(tenant, query):
    actor = factories.make_actor(tenant)
    acted(actor)

    assert listed(page_for(actor, query)) == ["policy.edited"]


def test_nothing_of_another_tenant_is_shown_or_offered(tenant):
    acted(factories.make_actor(factories.make_tenant()), "secret.act")

    assert "secret" not in page_for(factories.make_actor(tenant)).content.decode()


def test_the_page_takes_as_many_queries_with_much_as_with_little(
    tenant, django_assert_max_num_queries
):
    actor = factories.make_actor(tenant)
    for number in range(60):
        acted(actor, f"kind.{number}")

    browser = Client()
    assert actor.user
    browser.force_login(actor.user)

    with django_assert_max_num_queries(8):
        browser.get("/audit")


def test_each_filter_has_an_index_that_holds_its_order():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'audit_entries'")
        found = {name for (name,) in cursor.fetchall()}
    assert {"audit_by_time", "audit_by_action", "audit_by_person", "audit_by_object"} <= found


def test_a_line_says_what_became_of_what_was_meant(tenant):
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    for action in ("policy.confirm", "token.created", "pattern.tell_apart"):
        acted(admin, action)

    told = [row.did for row in page_for(admin).context["rows"]]

    assert told == ["pattern told apart", "token created", "policy confirmed"]
