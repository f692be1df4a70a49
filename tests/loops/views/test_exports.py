"""Taking tables away: same rows as the list, of this tenant only, on record."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import audits
from loops.models import (
    AuditRun,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyRule,
)
from loops.presenters.tables import TABLES
from m25console import exports
from m25console.access import Actor
from m25console.models import AuditEntry, Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.machines import machine_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(slug="acme")


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.user
    client.force_login(actor.user)
    return client


def ask(actor: Actor, table: str, *, form: str = "csv", query: str = "") -> Any:
    return browser_of(actor).post(f"/exports{query}", {"table": table, "format": form})


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = text_of(answer).removeprefix(exports.BOM)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_list_is_taken_away_with_the_filters_it_shows(tenant):
    factories.report(tenant, severity="high", title="Billing timed out")
    factories.report(tenant, severity="low", title="Slow")

    answer = ask(factories.make_actor(tenant), "incidents", query="?severity=high")

    assert [row["title"] for row in rows_of(answer)] == ["Billing timed out"]
    assert answer["X-Truncated"] == "false"
    assert answer["Content-Disposition"].startswith('attachment; filename="incidents-acme-20')


def test_the_loops_of_a_week_are_taken_away_without_older_ones(tenant):
    old = factories.run_loop(tenant, error_type="auth_error")
    long_ago = timezone.now() - timedelta(days=8)
    LoopTrace.objects.filter(pk=old.pk).update(last_activity_at=long_ago)
    new = factories.run_loop(tenant)

    rows = rows_of(ask(factories.make_actor(tenant), "loops", query="?active=week"))

    assert [row["id"] for row in rows] == [new.pk]


def test_every_table_is_whole_in_both_formats_and_holds_nothing_of_another_tenant(tenant):
    stranger = factories.make_tenant()
    for one in (tenant, stranger):
        work_in(one)
    admin = factories.make_actor(tenant, role=Role.ADMIN)
    factories.make_actor(stranger)

    for table in TABLES:
        rows = rows_of(ask(admin, table))
        document = json.loads(text_of(ask(admin, table, form="json")))

        assert rows, table
        if table != "audit":  # which by then holds the first export
            assert len(document["rows"]) == len(rows)
        assert foreign_cells(rows, of=stranger) == set(), table


def work_in(tenant: Tenant) -> None:
    """Something for every table."""
    factories.routed_loop(tenant)
    factories.run_loop(tenant, error_type=f"waits_{tenant.slug}")
    factories.make_regret(factories.prevent(tenant).policy)
    factories.tell_traffic(tenant, decisions=1, successes=1)
    machine_of(tenant)
    now = timezone.now()
    audits.declare(run_id=f"run-{tenant.slug}", by=factories.make_actor(tenant), now=now)
    AuditRun.objects.filter(tenant=tenant).update(overdue_since=now)


def foreign_cells(rows: list[dict[str, str]], *, of: Tenant) -> set[str]:
    models = (LoopTrace, Incident, FailurePattern, PolicyRule, HumanCheckpoint)
    theirs = {
        str(pk)
        for model in models
        for pk in model._default_manager.filter(tenant=of).values_list("pk", flat=True)
    }
    return theirs & {cell for row in rows for cell in row.values()}


def test_a_texts_formula_does_not_reach_a_spreadsheet(tenant):
    factories.report(tenant, title="=HYPERLINK(A1)")

    [row] = rows_of(ask(factories.make_actor(tenant), "incidents"))

    assert row["title"] == "'=HYPERLINK(A1)"


def test_who_took_what_away_is_on_record(tenant):
    actor = factories.make_actor(tenant)

    ask(actor, "incidents", form="json", query="?severity=high&partial=&older=x")

    entry = AuditEntry.objects.get(action="table.exported")
    assert entry.actor == actor.user
    assert entry.after == {
        "table": "incidents",
        "format": "json",
        "filters": {"severity": "high"},
    }


def test_an_address_alone_takes_nothing_away(tenant):
    browser = browser_of(factories.make_actor(tenant))

    assert browser.get("/exports").status_code == 405
    assert browser.post("/exports", {"table": "secrets", "format": "csv"}).status_code == 404
    assert browser.post("/exports", {"table": "loops", "format": "exe"}).status_code == 422
    assert not AuditEntry.objects.filter(action="table.exported").exists()


@pytest.mark.parametrize(("table", "role"), [("audit", Role.VIEWER), ("tokens", Role.REVIEWER)])
def test_a_table_is_refused_where_its_list_would_be(tenant, table, role):
    assert ask(factories.make_actor(tenant, role=role), table).status_code == 403


def test_a_long_table_ends_and_says_so(tenant, monkeypatch):
    factories.report(tenant, times=5)
    actor = factories.make_actor(tenant)
    monkeypatch.setattr(exports, "MOST", 3)

    answer = ask(actor, "incidents")

    assert answer["X-Truncated"] == "true"
    rows = rows_of(answer)
    assert len(rows) == 4
    assert rows[-1]["id"].startswith("Truncated after 3 rows")


def test_rows_are_read_by_the_thousand_whatever_they_point_at(
    tenant, monkeypatch, django_assert_num_queries
):
    factories.report(tenant, times=7)
    browser = browser_of(factories.make_actor(tenant))
    browser.get("/incidents")
    monkeypatch.setattr(exports, "CHUNK", 3)

    answer = browser.post("/exports", {"table": "incidents", "format": "csv"})
    with django_assert_num_queries(3):
        rows = rows_of(answer)

    assert len({row["id"] for row in rows}) == 7
