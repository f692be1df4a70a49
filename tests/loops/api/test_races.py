"""Senders that do not wait for each other."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from loops.models import Incident, LoopEvent, LoopTrace
from tests.machines import Machine

SENDERS = 8
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(token: str, send: Callable[[Machine, int], Any]) -> list[Any]:
    """What each of the senders was answered, all of them starting at the same moment."""
    start = Barrier(SENDERS)

    def sender(number: int) -> Any:
        machine = Machine(token)
        try:
            start.wait()
            return send(machine, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as threads:
        return list(threads.map(sender, range(SENDERS)))


def test_spec_36_the_same_incident_from_many_senders_is_stored_once(machine):
    document = {"error_type": "timeout", "external_id": "one"}
    for _ in range(5):
        answers = at_once(machine.token, lambda one, _: one.post("/incidents", document))
        assert {one.status_code for one in answers} <= {200, 202}
        assert len({one.json()["incident_id"] for one in answers}) == 1
    assert Incident.objects.count() == LoopTrace.objects.count() == LoopEvent.objects.count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_batches_that_cross_each_other_never_lock_each_other_out(machine, attempt):
    rows = [{"error_type": "timeout", "external_id": f"row {n}"} for n in range(600)]

    def send(one: Machine, number: int) -> Any:
        return one.post("/incidents/batch", {"incidents": rows[:: -1 if number % 2 else 1]})

    answers = at_once(machine.token, send)
    assert {one.status_code for one in answers} == {200}
    told = Counter()
    for answer in answers:
        told.update({name: answer.json()[name] for name in ("accepted", "duplicates", "rejected")})
    assert told == {"accepted": 600, "duplicates": 600 * (SENDERS - 1), "rejected": 0}
    assert Incident.objects.count() == 600


def test_of_different_reports_under_one_key_one_wins_and_the_others_learn_which(machine):
    def send(one: Machine, number: int) -> Any:
        return one.post("/incidents", {"error_type": f"e{number}"}, **{"Idempotency-Key": "k"})

    answers = at_once(machine.token, send)
    assert Counter(one.status_code for one in answers) == {202: 1, 409: SENDERS - 1}
    winner = Incident.objects.get()
    conflicts = [one.json()["error"] for one in answers if one.status_code == 409]
    assert {one["incident_id"] for one in conflicts} == {winner.pk}
