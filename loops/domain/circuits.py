"""When a host that keeps failing is left alone. CIRCUIT_V1 of integrations 1.0.0.

Five failures in a row open its circuit. After a minute a few calls are let through on trial: two
that succeed close it, one that fails opens it again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

VERSION: Final = "CIRCUIT_V1"
FAILURES: Final = 5  # in a row
RESTS: Final = timedelta(seconds=60)
TRIALS: Final = 3  # calls let through at once after the rest
SUCCESSES: Final = 2  # of them, that close it


class CircuitState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Circuit:
    """How calls to a host went: failures in a row, and since it opened the calls on trial."""

    failures: int = 0
    opened_at: datetime | None = None
    trials: int = 0
    successes: int = 0
    tried_at: datetime | None = None  # the last trial


def state(circuit: Circuit, *, now: datetime) -> CircuitState:
    """Whether calls go through, none does, or a few on trial."""
    if circuit.opened_at is None:
        return CircuitState.CLOSED
    is_over = now >= circuit.opened_at + RESTS
    return CircuitState.HALF_OPEN if is_over else CircuitState.OPEN


def waits_until(circuit: Circuit, *, now: datetime) -> datetime | None:
    """When a call may be made; None for now."""
    if circuit.opened_at is None:
        return None
    if state(circuit, now=now) is CircuitState.OPEN:
        return circuit.opened_at + RESTS
    if circuit.trials >= TRIALS and circuit.tried_at and now < circuit.tried_at + RESTS:
        return circuit.tried_at + RESTS
    return None


def tried(circuit: Circuit, *, now: datetime) -> Circuit:
    """After a call was let through. Trials that nobody came back from are forgotten in time."""
    if circuit.opened_at is None:
        return circuit
    lost = circuit.tried_at is None or now >= circuit.tried_at + RESTS
    return replace(circuit, trials=1 if lost else circuit.trials + 1, tried_at=now)


def ended(circuit: Circuit, *, is_good: bool, now: datetime) -> Circuit:
    """After a call succeeded, or failed by the host's fault."""
    if circuit.opened_at is None:
        failures = 0 if is_good else circuit.failures + 1
        return Circuit(failures, opened_at=now if failures >= FAILURES else None)
    if not is_good:
        return Circuit(circuit.failures + 1, opened_at=now)
    successes = circuit.successes + 1
    if successes >= SUCCESSES:
        return Circuit()
    return replace(circuit, successes=successes, trials=max(0, circuit.trials - 1))
