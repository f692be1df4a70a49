"""The first command a newcomer runs, as they run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loops.sample import client

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[4]


# Incident, pattern and recovery; a policy that three people confirmed; the next one prevented.
STORY = (
    r"^recovery +Robin Reviewer agreed to the recovery",
    r"^its mode +active, confirmed by 3 people$",
    r"^the next one +block: Error: flight",
    r"^prevention +prev_[0-9a-f]{16}, on the timeline of inc_[0-9a-f]{16}$",
    r"^gate 1 +passed$",
    r"^channel +Demo receiver took a test$",
)


def manage(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """One command in an environment that names no servers."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "M25_SECRET_KEY")
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**environment, "M25_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=480,
        check=False,
    )


def test_demo_once_does_the_whole_job_and_the_ledger_is_clean(data_dir, port):
    done = manage("demo", "--once", "--port", str(port), data_dir=data_dir)

    assert done.returncode == 0, done.stderr
    told = dict(re.findall(r"^([a-z ]+?) +(\d+)$", done.stdout, re.MULTILINE))
    assert f"m25console is ready at http://127.0.0.1:{port}" in done.stdout
    assert int(told["incidents"]) >= 250
    assert int(told["patterns"]) >= 8
    assert int(told["policies shadow"]) >= 1
    assert (told["policies active"], told["preventions"]) == ("1", "1")
    for line in STORY:
        assert re.search(line, done.stdout, re.MULTILINE), done.stdout
    assert told["loops failed"] == "0"
    assert told["checkpoints waiting"] == told["loops blocked"]

    checked = manage("check_ledger", "--tenant", "demo", data_dir=data_dir)
    assert checked.returncode == 0, checked.stdout
    assert f"incidents={told['incidents']} " in checked.stdout

    again = manage("demo", "--once", "--port", str(port), data_dir=data_dir)
    assert dict(re.findall(r"^(incidents|patterns) +(\d+)$", again.stdout, re.MULTILINE)) == {
        name: told[name] for name in ("incidents", "patterns")
    }


def test_the_sample_has_no_labels_and_every_incident_a_name_of_its_own():
    incidents = client.sample()

    assert len(incidents) >= 250
    assert len({one["external_id"] for one in incidents}) == len(incidents)
    assert not any({"label", "template"} & set(one) for one in incidents)
