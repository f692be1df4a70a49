from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.faults.rig import LEADER, OLDEST_CHILD, Rig, until
from tests.faults.sending import Document, Ledger, Sender, documents

pytestmark = pytest.mark.faults

SENDERS = 16
KILLS = 15


def test_what_was_acknowledged_is_stored_once_however_often_web_is_killed(
    rig: Rig, tmp_path: Path
) -> None:
    token = rig.populate("web-killed")["sender"]
    ledger = Ledger(tmp_path / "web-killed.jsonl")
    enough = Event()

    def send(thread: int) -> int:
        """Single incidents until enough were killed; the number of repeats."""
        stream: Sequence[Document] = documents(5000, prefix=f"web-{thread}")
        with Sender(rig.console.url, token=token, ledger=ledger) as sender:
            for document in stream:
                sender.report(document)
                if enough.is_set():
                    break
            return sender.retries

    with ThreadPoolExecutor(SENDERS) as pool:
        running = [pool.submit(send, thread) for thread in range(SENDERS)]
        try:
            for number in range(KILLS):
                answered = len(ledger.told)
                until(lambda start=answered: len(ledger.told) > start + SENDERS, wanted="answers")
                # Each child once in its leader's life: a second death soon after ends them all.
                rig.kill("web", LEADER if number % 3 == 2 else OLDEST_CHILD)
        finally:
            enough.set()
        retries = sum(one.result(timeout=300) for one in running)
    ledger.close()
    rig.wait_until_rest()

    rig.check(ledger)
    assert retries >= KILLS
