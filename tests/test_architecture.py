"""The shape of the house: what a reader may rely on, checked from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from m25console.models import Tenant

ROOT = Path(__file__).resolve().parent.parent
CODE = sorted(
    path
    for package in ("m25console", "loops", "integrations", "bench")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
HISTORY = (
    "audit_acks",
    "audit_entries",
    "calibration_outcomes",
    "checkpoint_decisions",
    "graduation_history",
    "cus_connector_calls",
    "mcp_approval_votes",
    "mcp_audit_events",
    "mcp_tool_invocations",
    "policy_activation_audit",
    "policy_confirmations",
    "policy_promises",
    "policy_versions",
    "prevention_records",
    "recovery_candidates_audit",
    "recovery_confirmations",
    "regret_events",
    "suggestion_provenance",
    "timeline_views",
)
MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 30


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_are_short():
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in CODE}
    assert {path: n for path, n in lengths.items() if n > MOST_LINES_OF_A_FILE} == {}


def test_functions_are_short():
    long = [
        f"{path.relative_to(ROOT)}:{one.lineno} {one.name}"
        for path in CODE
        for one in functions(path)
        if (one.end_lineno or 0) - one.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_nothing_is_left_open():
    words = ("TODO", "FIXME", "XXX", "NotImplementedError")
    left = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in CODE
        for word in words
        if word in path.read_text()
    ]
    assert left == []


def test_every_table_of_the_domain_belongs_to_a_tenant():
    free = {
        "suggestion_action",
        "advance_slots",
        "heartbeats",
        "periodic_jobs",
        "notification_marks",
    }  # shared by all tenants
    tables = {
        model._meta.db_table: {field.name for field in model._meta.get_fields()}
        for model in apps.get_app_config("loops").get_models()
    }
    assert {name for name, fields in tables.items() if "tenant" not in fields} == free


@pytest.mark.django_db
@pytest.mark.parametrize("table", HISTORY)
def test_history_tables_refuse_changes(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
            [table, f"{table}_is_history"],
        )
        assert [row[0] for row in cursor.fetchall()] == ["O"]


@pytest.mark.django_db
def test_no_row_points_into_another_tenant():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE contype = 'f' AND conname LIKE %s",
            ["%_same_tenant"],
        )
        assert len(cursor.fetchall()) >= 11


@pytest.mark.django_db
def test_the_database_refuses_an_unknown_state():
    with pytest.raises(IntegrityError, match="tenant_slug_is_plain"), transaction.atomic():
        Tenant.objects.create(slug="Not Plain", name="x")
