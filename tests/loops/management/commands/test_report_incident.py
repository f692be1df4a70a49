import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from loops.models import Incident
from tests import factories


@pytest.fixture
def run(db, monkeypatch, tmp_path):
    """Runs the command on this input; its last line of output, and what it complained of."""
    tenant = factories.make_tenant()

    def run(sent: bytes, *, by_file: bool = False) -> tuple[str, list[str]]:
        out, err = io.StringIO(), io.StringIO()
        arguments = ["--tenant", tenant.slug]
        if by_file:
            (tmp_path / "incidents").write_bytes(sent)
            arguments += ["--file", str(tmp_path / "incidents")]
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(sent)))
        call_command("report_incident", *arguments, stdout=out, stderr=err, no_color=True)
        return out.getvalue().splitlines()[-1], err.getvalue().splitlines()

    return run


LINES = b"""\
{"error_type": "a", "external_id": "1"}

{"error_type": "b"}
{"error_type":
{"error_type": "a", "external_id": "1"}
{"error_type": "c", "external_id": "1"}
{}
"""


@pytest.mark.parametrize("by_file", [False, True])
def test_json_lines_are_reported_each_by_itself(run, by_file):
    last, complaints = run(LINES, by_file=by_file)
    assert last == "accepted=2 duplicate=1 rejected=3"
    assert [one.partition(":")[0] for one in complaints] == ["line 4", "line 6", "line 7"]
    assert "error_type: is required" in complaints[2]
    assert Incident.objects.count() == 2


@pytest.mark.parametrize(
    "sent",
    [
        b'[{"error_type": "a"}, {"error_type": "b"}]',
        b'[\n  {"error_type": "a"},\n  {"error_type":\n "b"}\n]\n',
        b'{"incidents": [{"error_type": "a"}, {"error_type": "b"}]}',
        b'\xef\xbb\xbf[{"error_type": "a"}, {"error_type": "b"}]',
        b'\xef\xbb\xbf{"error_type": "a"}\r\n{"error_type": "b"}\r\n',
    ],
)
def test_two_incidents_are_found_however_they_are_written(run, sent):
    assert run(sent) == ("accepted=2 duplicate=0 rejected=0", [])


def test_one_incident_may_be_spread_over_lines(run):
    assert run(b'{\n  "error_type": "a"\n}\n')[0] == "accepted=1 duplicate=0 rejected=0"


def test_a_bad_first_line_does_not_stop_the_others(run):
    last, complaints = run(b'{"error_type"\n{"error_type": "a"}\n')
    assert last == "accepted=1 duplicate=0 rejected=1"
    assert complaints[0].startswith("line 1: not JSON")


def test_a_row_of_a_list_is_named_by_its_place(run):
    last, complaints = run(b'[{"error_type": "a"}, 3, {"error_type": "b", "severity": "x"}]')
    assert last == "accepted=1 duplicate=0 rejected=2"
    assert [one.partition(":")[0] for one in complaints] == ["row 2", "row 3"]


def test_a_line_of_more_than_256_kib_is_rejected(run):
    long = json.dumps({"error_type": "a", "context": {"t": "x" * 300_000}}).encode()
    last, complaints = run(b'{"error_type": "a"}\n' + long + b'\n{"error_type": "b"}\n')
    assert last == "accepted=2 duplicate=0 rejected=1"
    assert "too long" in complaints[0]


def test_thousands_are_reported_in_bulk(run, django_assert_max_num_queries):
    sent = b"\n".join(b'{"error_type": "a", "run_id": "r%d"}' % n for n in range(2500))
    with django_assert_max_num_queries(4):
        assert run(sent)[0] == "accepted=2500 duplicate=0 rejected=0"


def test_reporting_a_file_again_stores_nothing(run):
    sent = b"\n".join(b'{"error_type": "a", "external_id": "%d"}' % n for n in range(5))
    assert run(sent)[0] == "accepted=5 duplicate=0 rejected=0"
    assert run(sent)[0] == "accepted=0 duplicate=5 rejected=0"


@pytest.mark.parametrize("sent", [b"", b"\n \n", b"no JSON", b"[1, 2", b"[]"])
def test_an_input_of_nothing_readable_fails(run, sent):
    with pytest.raises(CommandError, match="Nothing could be read"):
        run(sent)


def test_a_file_that_is_not_there_is_named(db):
    tenant = factories.make_tenant()
    with pytest.raises(CommandError, match="/nowhere/at/all"):
        call_command("report_incident", "--tenant", tenant.slug, "--file", "/nowhere/at/all")


def test_an_unknown_tenant_is_named(db):
    with pytest.raises(CommandError, match="nobody"):
        call_command("report_incident", "--tenant", "nobody")
