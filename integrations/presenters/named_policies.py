"""The policies that a server of tools, or a tool, can name and does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loops.actions import policy_questions
from loops.actions.policy_questions import Policy
from loops.domain.states import PolicyMode
from m25console.access import Actor

MODES: Final[Mapping[PolicyMode, str]] = {
    PolicyMode.ACTIVE: "active",
    PolicyMode.SHADOW: "in shadow, stops nothing",
    PolicyMode.PENDING: "waits for confirmations, stops nothing",
    PolicyMode.DISABLED: "switched off, stops nothing",
}


@dataclass(frozen=True)
class NamedPolicy:
    """A policy by its id; `policy` is None if the tenant has no such policy."""

    id: str
    policy: Policy | None
    mode: str


def choices(actor: Actor) -> list[tuple[str, str]]:
    """The policies a form offers: id and name. One query."""
    several = policy_questions.offered(actor.tenant)
    return [(one.id, f"{one.name} ({MODES[one.mode]})") for one in several]


def named(policy_id: str, actor: Actor) -> NamedPolicy | None:
    """What is named by an id; None for an empty one. One query at most."""
    if not policy_id:
        return None
    policy = policy_questions.known(policy_id, tenant=actor.tenant)
    return NamedPolicy(policy_id, policy, MODES[policy.mode] if policy else "")
