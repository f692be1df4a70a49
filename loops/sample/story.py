"""The whole loop on real incidents, told through the HTTP API alone: a failure is reported, three
times; a person approves its recovery, another writes down its remedy; three confirm the policy
that was learned; the next one is prevented.

Every step looks first at how things stand, so the story may be broken off and told again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.sample.wire import Answer, Line

ABOUT: Final = "not available on date"  # what the messages of the story's incidents say
REPORTED: Final = 3  # as many as a policy needs; the next is asked about before it happens
REMEDY: Final = {
    "action_type": "block",
    "action_params": {"reason": "the flight is not sold on that day: offer another date"},
}
PATIENCE_SECONDS: Final = 180.0
LOOK_SECONDS: Final = 0.3
FEATURES: Final = (
    "error_type", "message", "context", "agent_id", "agent_capability", "run_id", "external_id",
)  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """The incidents of the story: those that happen, and the one that does not."""

    reported: Sequence[Mapping[str, Any]]
    prevented: Mapping[str, Any]


def cast(sample: Sequence[Mapping[str, Any]]) -> Cast:
    """The story's incidents among the sample's."""
    about = [one for one in sample if ABOUT in one["message"]]
    return Cast(about[:REPORTED], about[REPORTED])


class Story:
    """`sender` reports and asks; `people` decide, each over a line of their own. The last of
    them may edit."""

    def __init__(self, sender: Line, people: Sequence[Line]) -> None:
        self._sender = sender
        self._people = people

    def tell(self, parts: Cast) -> dict[str, str]:
        """Plays it to the end and returns what came of it, step by step, in words."""
        first = self._happens(parts.reported[0])
        pattern = self._learn_remedy(first)
        for one in parts.reported[1:]:
            self._happens(one)
        policy = self._confirmed(pattern)
        verdict = self._asked(parts.prevented)
        timeline = self._read(first)
        gate = self._graduation()
        prevention = str(verdict["prevention_id"])
        on_it = "on" if prevention in timeline else "missing on"
        return {
            "incident": f"{first}: {parts.reported[0]['message']}",
            "pattern": pattern,
            "recovery": self._recovery(first),
            "policy": f"{policy['policy_id']}: {policy['name']}",
            "its mode": f"{policy['mode']}, confirmed by {policy['confirmations_received']} people",
            "the next one": f"{verdict['decision']}: {parts.prevented['message']}",
            "prevention": f"{prevention}, {on_it} the timeline of {first}",
            "gate 1": "passed" if gate["passed"] else "not passed",
        }

    def _happens(self, incident: Mapping[str, Any]) -> str:
        """Reports an incident and decides what is asked about it, until its loop rests."""
        told = self._sender.send("/incidents", incident)
        self._until(lambda: self._rests(told["loop_id"]), "the loop came to rest")
        return str(told["incident_id"])

    def _rests(self, loop_id: str) -> bool:
        loop = self._sender.get(f"/loops/{loop_id}")
        if loop["is_blocked"]:
            for checkpoint_id in loop["pending_checkpoints"]:
                self._decide(checkpoint_id)
            return False
        return bool(loop["is_complete"] or loop["failure_state"])

    def _decide(self, checkpoint_id: str) -> None:
        """Everybody agrees, in turn, as far as it is needed."""
        answer = {"resolution": "apply", "note": "The remedy fits what the agent met."}
        for person in self._people:
            path = f"/checkpoints/{checkpoint_id}/resolve"
            if person.send(path, answer, accepts=(409,)).get("is_final"):
                return

    def _learn_remedy(self, incident_id: str) -> str:
        """Has the pattern's remedy written down; returns the pattern's id."""
        pattern_id = str(self._sender.get(f"/incidents/{incident_id}")["pattern_id"])
        known = self._sender.get(f"/patterns/{pattern_id}")["recovery_template"]
        if known != REMEDY:
            self._people[-1].send(f"/patterns/{pattern_id}/template", REMEDY, method="PUT")
        return pattern_id

    def _confirmed(self, pattern_id: str) -> Answer:
        """The policy against the pattern, once every person has confirmed it."""
        found: list[Answer] = []

        def made() -> bool:
            page = self._sender.get("/policies", pattern=pattern_id)
            found[:] = [one for one in page["items"] if one["source_pattern_id"] == pattern_id]
            return bool(found)

        self._until(made, "the policy was made")
        path = f"/policies/{found[0]['policy_id']}"
        for person in self._people:
            if self._sender.get(path)["mode"] != "active":
                note = {"note": "I have read what it stops and what it would have stopped."}
                person.send(f"{path}/confirm", note, accepts=(409,))
        return self._sender.get(path)

    def _asked(self, incident: Mapping[str, Any]) -> Answer:
        """Asks before acting, with what the next incident would have been."""
        return self._sender.send("/evaluate", {name: incident[name] for name in FEATURES})

    def _read(self, incident_id: str) -> str:
        """A person reads the first incident's timeline; what was on it."""
        timeline = self._people[0].get(f"/timeline/{incident_id}")
        self._people[0].send(f"/timeline/{incident_id}/view", {})
        return repr(timeline)

    def _graduation(self) -> Answer:
        """The first gate, computed anew."""
        self._people[-1].send("/graduation/re-evaluate", {})
        gates: Mapping[str, Answer] = self._sender.get("/graduation")["gates"]
        return gates["prevention"]

    def _recovery(self, incident_id: str) -> str:
        """What people decided about it, in the narrative's words."""
        told: Sequence[str] = self._sender.get(f"/loops/{incident_id}/narrative")["human_decisions"]
        return " ".join(told)

    def _until(self, happened: Callable[[], bool], wanted: str) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            if time.monotonic() > ends:
                raise RuntimeError(f"Waited in vain until {wanted}.")
            time.sleep(LOOK_SECONDS)
