from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.faults.rig import Rig, sending, until
from tests.faults.sending import documents

pytestmark = pytest.mark.faults

PORTION = 50


def test_a_killed_database_loses_nothing_and_everyone_finds_it_again(
    rig: Rig, tmp_path: Path
) -> None:
    [server, *_] = rig.console.pids("postgres")
    before = {role: rig.console.pids(role)[0] for role in ("web", "worker", "relay", "live")}
    enough = Event()

    with (
        sending(rig, "database-killed", folder=tmp_path) as (sender, ledger),
        ThreadPoolExecutor(1) as pool,
    ):

        def send() -> None:
            number = 0
            while not enough.is_set():
                sender.report_all(documents(PORTION, prefix=f"database-{number}"))
                number += 1

        def more_is_answered() -> None:
            start = len(ledger.told)
            until(lambda: len(ledger.told) >= start + 6 * PORTION, wanted="answers")

        sent = pool.submit(send)
        try:
            more_is_answered()
            rig.kill("postgres")
            more_is_answered()
        finally:
            enough.set()
        sent.result(timeout=300)
        until(rig.rests)

    rig.check(ledger)
    assert rig.console.pids("postgres")[0] != server
    assert {role: rig.console.pids(role)[0] for role in before} == before
