import http.client
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from m25console.runtime.console import HOST
from tests.faults.rig import Rig, until
from tests.faults.sending import Document, Ledger, Sender

pytestmark = pytest.mark.faults

PEOPLE = 200
ROUNDS = 3
ROUND_SECONDS = 60.0  # far above what it takes; the test is about who wins

type Answer = tuple[int, dict[str, Any]]


def asking(number: int) -> Document:
    """A failure that nobody has seen before, so that a person is asked."""
    words = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath")
    message = f"{words[number]} refused to {words[-number - 1]} the {words[(number * 3) % 8]}"
    return {
        "external_id": f"decided-{number}",
        "error_type": f"{words[number]}_fault",
        "message": message,
    }


def pending(client: httpx.Client) -> list[dict[str, Any]]:
    """Checkpoints that one person may decide."""
    items = client.get("/api/v1/checkpoints", params={"limit": 200}).raise_for_status().json()
    return [one for one in items["items"] if one["approvers_required"] == 1]


def decide_at_once(rig: Rig, tokens: Sequence[str], checkpoint_id: str) -> list[Answer]:
    """Everybody's answer to everybody's decision, all sent at the same moment."""
    start = Barrier(len(tokens))

    def decide(number: int) -> Answer:
        connection = http.client.HTTPConnection(HOST, rig.console.port, timeout=30)
        connection.connect()
        start.wait(timeout=30)
        connection.request(
            "POST",
            f"/api/v1/checkpoints/{checkpoint_id}/resolve",
            body=json.dumps({"resolution": "reject" if number % 2 else "apply", "note": "so"}),
            headers={
                "Authorization": f"Bearer {tokens[number]}",
                "Content-Type": "application/json",
            },
        )
        answer = connection.getresponse()
        said = answer.status, json.loads(answer.read())
        connection.close()
        return said

    with ThreadPoolExecutor(len(tokens)) as pool:
        return list(pool.map(decide, range(len(tokens))))


def one_won(answers: Sequence[Answer]) -> bool:
    """Whether one answer is a decision, and all others say whose and which it was."""
    decided = [said for status, said in answers if status == http.HTTPStatus.OK]
    refused = [said["error"] for status, said in answers if status == http.HTTPStatus.CONFLICT]
    told = {(one["code"], one["decided_by"], one["resolution"]) for one in refused}
    [winner] = decided
    return len(refused) == len(answers) - 1 and told == {
        ("already_decided", winner["resolved_by"], winner["resolution"])
    }


def test_of_two_hundred_decisions_at_once_one_counts_and_the_others_learn_whose(
    rig: Rig, tmp_path: Path
) -> None:
    tokens = rig.populate("at-once", reviewers=PEOPLE)
    ledger = Ledger(tmp_path / "at-once.jsonl")
    bearer = {"Authorization": f"Bearer {tokens['sender']}"}
    with (
        Sender(rig.console.url, token=tokens["sender"], ledger=ledger) as sender,
        httpx.Client(base_url=rig.console.url, headers=bearer) as reader,
    ):
        sender.report_all([asking(number) for number in range(8)])
        until(lambda: len(pending(reader)) >= ROUNDS, wanted="checkpoints")
        for checkpoint in pending(reader)[:ROUNDS]:
            began = time.monotonic()
            answers = decide_at_once(rig, tokens["deciders"], checkpoint["checkpoint_id"])
            took = time.monotonic() - began

            assert one_won(answers)
            assert took < ROUND_SECONDS
            print(f"{PEOPLE} decisions in {took:.1f} s")
    ledger.close()
    rig.wait_until_rest()
    rig.check(ledger)
