"""What the broker holds may vanish at any moment, and the broker itself too."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from m25console.runtime import layout, pulse
from tests.faults.rig import Rig, sending, until
from tests.faults.sending import documents

pytestmark = pytest.mark.faults

IN_FLIGHT = 400


def test_every_loop_rests_soon_after_the_broker_forgot_everything(rig: Rig, tmp_path: Path) -> None:
    with sending(rig, "flushed", folder=tmp_path) as (sender, ledger), rig.broker() as broker:
        # Messages that no worker has read yet.
        rig.kill("worker", number=signal.SIGSTOP)
        sender.report_all(documents(IN_FLIGHT, prefix="flush-unread"))
        until(lambda: broker.llen("loops") > 0, wanted="a message")
        broker.flushall()
        rig.kill("worker", number=signal.SIGCONT)
        rig.wait_until_rest()

        for name in ("flush-early", "flush-late"):
            sender.report_all(documents(IN_FLIGHT, prefix=name))
            rig.wait_until_busy()
            rig.pause_up_to(0.3)
            broker.flushall()
            rig.wait_until_rest()

    rig.check(ledger)


def test_every_loop_rests_soon_after_the_broker_was_killed(rig: Rig, tmp_path: Path) -> None:
    with sending(rig, "broker-killed", folder=tmp_path) as (sender, ledger):
        sender.report_all(documents(IN_FLIGHT, prefix="broker-1"))
        rig.wait_until_busy()
        rig.kill("valkey")
        sender.report_all(documents(IN_FLIGHT, prefix="broker-2"))
        rig.wait_until_rest()

    rig.check(ledger)


def test_a_worker_that_takes_no_more_messages_is_replaced(rig: Rig, tmp_path: Path) -> None:
    with sending(rig, "worker-hangs", folder=tmp_path) as (sender, ledger):
        # What a worker is like that lost its broker and did not notice: alive, and deaf.
        hung = rig.kill("worker", number=signal.SIGSTOP)
        sender.report_all(documents(IN_FLIGHT, prefix="hung"))
        until(lambda: rig.console.pids("worker")[:1] not in ([], hung))
        rig.wait_until_rest()

    rig.check(ledger)


def test_relays_may_be_several_and_may_be_killed(rig: Rig, tmp_path: Path) -> None:
    second = subprocess.Popen(
        [sys.executable, "manage.py", "relay"],
        cwd=layout.PROJECT_DIR,
        env=rig.console.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: rig.beats(pulse.RELAY, leader=second.pid), wanted="the second relay")
        with sending(rig, "relays", folder=tmp_path) as (sender, ledger):
            for number in range(4):
                rig.kill("relay")
                sender.report_all(documents(100, prefix=f"relays-{number}"))
                time.sleep(0.3)
            second.kill()
            rig.wait_until_rest()
    finally:
        second.kill()
        second.wait()

    rig.check(ledger)
