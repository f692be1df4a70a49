import threading
from pathlib import Path

import httpx
import pytest

from tests.faults.rig import Rig, until
from tests.faults.sending import Ledger, Sender, documents

pytestmark = pytest.mark.faults


def test_an_open_page_hears_of_changes_again_after_the_broker_was_killed(
    rig: Rig, tmp_path: Path
) -> None:
    made = rig.populate("listening")
    heard: list[str] = []
    ended: list[bool] = []

    def listen() -> None:
        with httpx.stream(
            "GET",
            f"{rig.console.live_url}/live/events",
            cookies={"sid": made["session"]},
            timeout=30,
        ) as stream:
            for line in stream.iter_lines():
                heard.append(line)
                if ended:
                    return

    page = threading.Thread(target=listen)
    page.start()
    ledger = Ledger(tmp_path / "listening.jsonl")
    with Sender(rig.console.url, token=made["sender"], ledger=ledger) as sender:
        until(lambda: bool(heard), wanted="the stream")
        sender.report_all(documents(5, prefix="listening-before"))
        until(lambda: "event: change" in heard, wanted="a change")
        rig.kill("valkey")
        before = len(heard)
        for number in range(20):
            sender.report_all(documents(1, prefix=f"listening-{number}"))
            rig.pause_up_to(1)
            if "event: change" in heard[before:]:
                break
        assert "event: change" in heard[before:]
        ended.append(True)
        sender.report_all(documents(1, prefix="listening-end"))
    page.join(timeout=30)
    ledger.close()
    rig.wait_until_rest()
    rig.check(ledger)
