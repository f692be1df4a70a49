from pathlib import Path

import pytest

from tests.faults.rig import CHILDREN, LEADER, Rig, sending
from tests.faults.sending import documents

pytestmark = pytest.mark.faults

INCIDENTS = 2000
KILLS = 20


def test_workers_that_are_killed_lose_and_double_nothing(rig: Rig, tmp_path: Path) -> None:
    portions = [documents(INCIDENTS // KILLS, prefix=f"f1-{number}") for number in range(KILLS)]
    with sending(rig, "workers-killed", folder=tmp_path) as (sender, ledger):
        for number, portion in enumerate(portions):
            sender.report_all(portion)
            rig.wait_until_busy()
            rig.pause_up_to(0.05)
            rig.kill("worker", CHILDREN if number % 5 else LEADER)
        rig.wait_until_rest()

    rig.check(ledger)
