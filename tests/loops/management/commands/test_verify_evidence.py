"""The proof names what was changed behind the console's back."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from loops.engine import dossiers, graduating
from loops.models import GraduationHistory, Incident, PolicyRule, PreventionRecord
from m25console.models import Tenant
from tests import factories, learned

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def policy(tenant: Tenant) -> PolicyRule:
    """With evidence at every gate, counted."""
    policy = learned.policy_in_force(tenant)
    for _ in range(4):
        learned.prevention_by(policy)
    learned.regret_of(policy, was_auto_rolled_back=True)
    learned.view_of(Incident.objects.get(pk=factories.run_loop(tenant).incident_id))
    graduating.evaluate_all(timezone.now())
    return policy


def verify(*arguments: str) -> tuple[int, list[str]]:
    """The exit code and what was printed."""
    out = StringIO()
    try:
        call_command("verify_evidence", *arguments, stdout=out)
    except SystemExit as left:
        return int(str(left.code)), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


def rewrite(table: str, statement: str, *values: str) -> None:
    """Change history as somebody with the owner's rights could."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_is_history" ON "{table}"')
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


def a_prevention() -> PreventionRecord:
    return PreventionRecord.objects.order_by("created_at")[1]


def saved(tenant: Tenant, to: Path, change: Callable[[Any], None] = lambda _: None) -> str:
    """The tenant's dossier as a file, after somebody's change."""
    document = json.loads(json.dumps(dossiers.dossier_of(tenant, now=timezone.now())))
    change(document)
    path = to / "dossier.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_untouched_evidence_gives_the_same_level_again(policy, tenant, tmp_path):
    assert verify() == (0, ["tenants=1 differences=0"])
    assert verify("--tenant", tenant.slug, "--file", saved(tenant, tmp_path))[0] == 0


def test_an_edited_row_is_named(policy, tenant, tmp_path):
    file, edited = saved(tenant, tmp_path), a_prevention()
    rewrite(
        "prevention_records",
        "UPDATE prevention_records SET original_incident_id = 'inc_other' WHERE id = %s",
        edited.pk,
    )

    code, lines = verify("--tenant", tenant.slug, "--file", file)

    assert code == 1
    sentence = f"{edited.pk}: was changed after it was counted with the preventions"
    assert lines == [sentence, sentence, "tenants=1 differences=2"]  # in history, and in the file


def test_a_missing_row_is_named_and_missed_in_the_count(policy, tenant):
    gone = a_prevention()
    rewrite("prevention_records", "DELETE FROM prevention_records WHERE id = %s", gone.pk)

    code, lines = verify("--tenant", tenant.slug)

    assert code == 1
    assert lines[0] == f"{gone.pk}: is missing from the preventions"
    assert "preventions: was 4, the rows give 3" in lines


def test_a_level_that_does_not_follow_is_named(policy, tenant):
    row = graduating.latest(tenant)
    assert row is not None
    rewrite(
        "graduation_history",
        "UPDATE graduation_history SET level = 'beta' WHERE id = %s",
        str(row.pk),
    )

    code, lines = verify("--tenant", tenant.slug)

    assert (code, lines[0]) == (1, "level: was beta, the figures give complete")


def test_a_file_that_was_changed_is_found_out_at_its_first_changed_row(policy, tenant, tmp_path):
    def edit(document: Any) -> None:
        document["rows"][1]["row"]["outcome"] = "failed"

    file = saved(tenant, tmp_path, edit)
    name = json.loads(Path(file).read_text())["rows"][1]["id"]

    assert verify("--file", file) == (
        1,
        [f"{name}: was changed in the file", "tenants=1 differences=1"],
    )


def test_a_row_taken_out_of_the_file_breaks_the_chain(policy, tenant, tmp_path):
    def leave_out(document: Any) -> None:
        del document["rows"][1]

    code, lines = verify("--file", saved(tenant, tmp_path, leave_out))

    assert code == 1
    assert "was changed in the file" in lines[0]


def test_a_figure_changed_in_the_file_does_not_fit_its_manifest(policy, tenant, tmp_path):
    def boast(document: Any) -> None:
        document["level"] = "alpha"

    code, lines = verify("--file", saved(tenant, tmp_path, boast))

    assert (code, lines[0]) == (1, "manifest: does not fit what the file says")


@pytest.mark.parametrize("text", ["", "[]", '{"format": "m25-dossier-1"}', "{"])
def test_what_is_no_dossier_is_refused_with_a_sentence(policy, tmp_path, text):
    file = tmp_path / "dossier.json"
    file.write_text(text)

    with pytest.raises(CommandError, match=r"dossier\.json"):
        call_command("verify_evidence", "--file", str(file), stdout=StringIO())


def test_rows_that_arrive_later_take_nothing_from_the_proof(policy, tenant):
    learned.prevention_by(policy)

    assert verify("--tenant", tenant.slug)[0] == 0
    assert GraduationHistory.objects.filter(tenant=tenant).count() == 1
