"""Failures like those of real agents and services, in any number, always the same ones."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = (
    "ToolError", "timeout", "rate_limit", "validation_error", "auth_error", "resource_exhausted",
    "HTTPError", "JSONDecodeError", "ModelRefusal", "ContextOverflow", "DatabaseError",
    "AgentMistake", "PlanningLoop", "MissingArgument", "NetworkError", "step_failure",
)  # fmt: skip
CODES: Final = (None, "E_LIMIT", "E_STATE", "409", "503")
ACTIONS: Final = ("booking", "refund", "search", "upload", "payment", "lookup", "export", "sync")
REASONS: Final = (
    "{reason} was refused by {service} after {n} ms, request {hex}",
    "not enough {reason} left on {service} for order #{code}: wanted {n}, have {m}",
    "{service} returned {n} while reading {reason} from /var/lib/{service}/{hex}.json",
    "cannot parse {reason} of {service} at line {m} column {n}: unexpected token",
    "{service}: {reason} expired at 2026-03-{day:02}T{hour:02}:{m:02}:07Z for user {person}",
    "user {person} may not change {reason} of {service} (trace {hex})",
)
PEOPLE: Final = (
    "anna", "boris", "chiara", "dmitri", "emeka", "fatima", "goran", "hana", "ivan", "joana",
    "kofi", "leila", "marta", "nikhil", "olga", "pavel", "quentin", "rosa", "sofia", "tomas",
)  # fmt: skip
SYLLABLES: Final = ("ar", "be", "cor", "din", "el", "for", "gan", "hol", "in", "jor", "kal", "lum")
NO_MESSAGE_EVERY: Final = 5  # one failure in so many is known by its fields alone


@dataclass(frozen=True)
class Failure:
    """One way to fail. `form` is its message with places for what varies; empty: it has none."""

    number: int
    error_type: str
    error_code: str | None
    form: str

    def incident(self, chance: random.Random) -> dict[str, Any]:
        """One occurrence, as the HTTP API takes it."""
        sent: dict[str, Any] = {
            "error_type": self.error_type,
            "error_code": self.error_code,
            "agent_id": f"agent-{chance.randrange(50)}",
            "context": {"attempt": chance.randrange(1, 5), "model": "m-large", "step": "act"},
            "external_id": f"{chance.getrandbits(64):016x}",
        }
        if not self.form:
            endpoint = f"/v1/{_word(self.number)}/{_word(self.number // 7)}"
            return sent | {"api_endpoint": endpoint, "status_code": 500 + self.number % 5}
        return sent | {"message": self.form.format_map(_values(chance)), "status_code": 500}


def failures(count: int, *, error_types: Sequence[str] = KINDS, first: int = 0) -> list[Failure]:
    """That many different failures; those from another `first` on are others."""
    return [_failure(number, error_types) for number in range(first, first + count)]


def occurrences(known: Sequence[Failure], *, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Incidents of those failures: a few of them are frequent, most are rare."""
    chance = random.Random(seed)
    for _ in range(count):
        yield known[int(len(known) * chance.random() ** 2)].incident(chance)


def once_each(known: Sequence[Failure], *, seed: int) -> Iterator[dict[str, Any]]:
    """One incident of each failure."""
    chance = random.Random(seed)
    for one in known:
        yield one.incident(chance)


def _failure(number: int, error_types: Sequence[str]) -> Failure:
    error_type = error_types[number % len(error_types)]
    code = CODES[number // len(error_types) % len(CODES)]
    if number % NO_MESSAGE_EVERY == NO_MESSAGE_EVERY - 1:
        return Failure(number, error_type, f"{code or 'E'}_{number}", "")
    service, reason = f"{_word(number)}-service", _word(number * 7919 + 13)
    form = REASONS[number % len(REASONS)]
    for name, word in (("service", service), ("reason", reason)):
        form = form.replace("{" + name + "}", word)
    action = ACTIONS[number // 3 % len(ACTIONS)]
    return Failure(number, error_type, code, f"{action} failed: {form}")


def _values(chance: random.Random) -> dict[str, Any]:
    return {
        "n": chance.randrange(1, 90_000),
        "m": chance.randrange(60),
        "day": chance.randrange(1, 28),
        "hour": chance.randrange(24),
        "hex": f"{chance.getrandbits(48):012x}",
        "code": f"{chance.randrange(10_000):04}",
        "person": chance.choice(PEOPLE),
    }


def _word(number: int) -> str:
    """A word of its own for every number below 20,736; beyond, they come again."""
    base = len(SYLLABLES)
    digits = (number, number // base, number // base**2, number // base**3)
    return "".join(SYLLABLES[digit % base] for digit in digits)
