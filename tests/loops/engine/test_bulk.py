"""Rows that travel as one JSON document arrive as they were."""

import pytest

from loops.domain.states import PatternType
from loops.engine.bulk import insert_rows, update_rows
from loops.models import FailurePattern
from m25console.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def pattern(tenant: Tenant, **fields) -> FailurePattern:
    defaults = {
        "pattern_type": PatternType.ERROR,
        "error_type": "timeout",
        "signature_version": "x",
    }
    return FailurePattern(tenant=tenant, **defaults | {"signature_hash": "a"} | fields)


def test_texts_numbers_and_documents_survive_the_journey(tenant):
    sent = pattern(
        tenant,
        template_text='a "quoted" \\ back\\slash, a tab\t, a line\n, € and <*>',
        signature={"empty": {}, "null": None, "list": [1, 1.5, "1"], "é": "\u2028"},
        recovery_template={"action_type": "retry", "huge": 10**30, "tiny": 1e-9},
    )

    insert_rows([sent])

    stored = FailurePattern.objects.get(pk=sent.pk)
    for name in ("template_text", "signature", "recovery_template", "created_at", "updated_at"):
        assert getattr(stored, name) == getattr(sent, name)
    assert stored.message_template is None


def test_rows_that_exist_are_left_alone_if_asked(tenant):
    first, again = pattern(tenant), pattern(tenant, error_type="another")
    insert_rows([first])

    insert_rows([again], ignore_conflicts=True)

    assert [one.error_type for one in FailurePattern.objects.all()] == ["timeout"]


def test_an_update_writes_only_what_it_names_and_can_write_null(tenant):
    row = pattern(tenant, recovery_template={"action_type": "retry"}, template_text="old")
    insert_rows([row])
    row.recovery_template, row.occurrence_count, row.template_text = None, 7, "not named"

    assert update_rows([row], fields=["recovery_template", "occurrence_count"]) == 1

    row.refresh_from_db()
    assert (row.recovery_template, row.occurrence_count, row.template_text) == (None, 7, "old")
