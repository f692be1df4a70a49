"""A failure before and after something was learned from it, in two sentences each."""

from dataclasses import dataclass
from datetime import datetime

from loops.domain.narrative import moment_words
from loops.domain.states import PolicyMode


@dataclass(frozen=True)
class Sequel:
    """What is known of a failure and of the policy that its loop led to."""

    occurrences: int  # of its pattern so far
    first_seen: datetime
    decisions: int  # that people took in this loop
    mode: PolicyMode | None = None  # of the policy; None: there is none
    active_since: datetime | None = None
    prevented: int = 0
    last_prevented: datetime | None = None
    regrets: int = 0


def before(facts: Sequel) -> str:
    """How often the failure came, and what it took of people."""
    times = "once" if facts.occurrences == 1 else f"{facts.occurrences} times"
    taken = (
        "no decision"
        if not facts.decisions
        else ("one decision" if facts.decisions == 1 else f"{facts.decisions} decisions")
    )
    return (
        f"This failure was reported {times} since {moment_words(facts.first_seen)}. "
        f"This one took {taken} of people."
    )


def after(facts: Sequel) -> str:
    """What its policy prevented since, and at what price."""
    if facts.mode is None:
        return "Nothing prevents it yet: no policy was learned from such failures."
    if facts.active_since is None:
        return "Nothing prevents it yet: its policy was never in force."
    since = f"Its policy came into force at {moment_words(facts.active_since)}"
    if facts.mode is not PolicyMode.ACTIVE:
        since = f"{since} and is not in force now"
    if not facts.prevented:
        told = f"{since}. It has prevented nothing so far."
    else:
        times = "once" if facts.prevented == 1 else f"{facts.prevented} times"
        last = f", last at {moment_words(facts.last_prevented)}" if facts.last_prevented else ""
        told = f"{since}. It has prevented this failure {times}{last}."
    if not facts.regrets:
        return told
    harm = "once" if facts.regrets == 1 else f"{facts.regrets} times"
    return f"{told} Harm by it was reported {harm}."
