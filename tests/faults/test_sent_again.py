"""Stock clients repeat what they are unsure of: every repeat has one effect and one answer."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from tests.faults.rig import Rig
from tests.faults.sending import BATCH, SINGLE, Ledger, documents

pytestmark = pytest.mark.faults

TIMES = 5
SINGLES = 30
IN_BATCH = 100
STORED = """
SELECT count(*), count(DISTINCT i.id) FROM incidents i
JOIN tenants t ON t.id = i.tenant_id JOIN loop_traces l ON l.incident_id = i.id WHERE t.slug = %s
"""


@pytest.fixture
def ledger(rig: Rig, tmp_path: Path) -> Iterator[Ledger]:
    """What was sent and said in the test; compared with what is stored at its end."""
    kept = Ledger(tmp_path / "ledger.jsonl")
    yield kept
    kept.close()
    rig.wait_until_rest()
    rig.check(kept)


def sender(rig: Rig, slug: str) -> httpx.Client:
    bearer = {"Authorization": f"Bearer {rig.populate(slug)['sender']}"}
    return httpx.Client(base_url=rig.console.url, headers=bearer, timeout=30)


def all_at_once(
    client: httpx.Client, route: str, body: object, *, headers: Mapping[str, str] | None = None
) -> list[httpx.Response]:
    """The answers to one request that is sent TIMES times at the same moment."""
    start = Barrier(TIMES)

    def post(_number: int) -> httpx.Response:
        start.wait(timeout=30)
        return client.post(route, json=body, headers=headers)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(post, range(TIMES)))


def the_one_incident(answers: list[httpx.Response]) -> str:
    """The incident all answers name; only the first was told that it is new."""
    told = {(answer.json()["incident_id"], answer.json()["loop_id"]) for answer in answers}
    assert sorted(answer.status_code for answer in answers) == [200] * (TIMES - 1) + [202]
    [(incident_id, _)] = told
    return str(incident_id)


def test_an_external_id_names_one_incident(rig: Rig, ledger: Ledger) -> None:
    with sender(rig, "again-named") as client:
        for one in documents(SINGLES, prefix="again-named"):
            ledger.sent([one])
            stored = the_one_incident(all_at_once(client, SINGLE, one))
            ledger.answered(one["external_id"], status="accepted", incident_id=stored)

            other = client.post(SINGLE, json={**one, "error_type": "another"})
            assert other.status_code == 409
            assert other.json()["error"]["incident_id"] == stored

    assert rig.ask(STORED, "again-named") == [(SINGLES, SINGLES)]


def test_an_idempotency_key_names_one_incident(rig: Rig, ledger: Ledger) -> None:
    with sender(rig, "again-keyed") as client:
        for one in documents(SINGLES, prefix="again-keyed"):
            key = {"Idempotency-Key": one.pop("external_id")}
            stored = the_one_incident(all_at_once(client, SINGLE, one, headers=key))

            other = client.post(SINGLE, json={**one, "error_type": "another"}, headers=key)
            assert other.status_code == 409
            assert other.json()["error"]["incident_id"] == stored

    assert rig.ask(STORED, "again-keyed") == [(SINGLES, SINGLES)]


def test_a_batch_sent_again_adds_nothing(rig: Rig, ledger: Ledger) -> None:
    batch = documents(IN_BATCH, prefix="again-batch")
    ledger.sent(batch)
    with sender(rig, "again-batch") as client:
        answers = all_at_once(client, BATCH, {"incidents": batch})

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["accepted"] for answer in answers) == IN_BATCH
    for answer in answers:
        for row in answer.json()["results"]:
            name = batch[row["index"]]["external_id"]
            ledger.answered(name, status=row["status"], incident_id=row["incident_id"])
    assert rig.ask(STORED, "again-batch") == [(IN_BATCH, IN_BATCH)]
