"""How strictly runs are watched, and the phases they pass: loop mechanics 1.0.0."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loops.domain.states import (
    RUN_MOVES,
    Durability,
    GovernanceProfile,
    RunPhase,
    RunStatus,
)


@dataclass(frozen=True)
class Governance:
    """The switches of a profile. Raises ValueError for a combination that cannot work."""

    rok: bool = True  # the console keeps the phases of runs
    rac: bool = True  # runs promise and acknowledge
    coordinator: bool = True  # closing a run writes what the run led to
    reactor: bool = True  # findings have consequences: alerts, and giving up stale runs
    mid_run_check: bool = True  # what is wrong before the governance check stops a run there
    durability: bool = True  # the console does not start on a store that forgets
    phase_invariant: bool = True  # a run is closed from its last phase only
    rollback_audit: bool = True  # what a failed closing took back is acknowledged
    alert_fatigue: bool = True  # a finding is raised once, not at every check

    def __post_init__(self) -> None:
        for needy, needed in _NEEDS:
            if getattr(self, needy) and not getattr(self, needed):
                raise ValueError(f"{needy} cannot be on while {needed} is off.")


_NEEDS: Final = (
    ("durability", "rac"),
    ("phase_invariant", "rok"),
    ("coordinator", "rok"),
    ("mid_run_check", "reactor"),
)
PROFILES: Final[Mapping[GovernanceProfile, Governance]] = {
    GovernanceProfile.STRICT: Governance(),
    GovernanceProfile.STANDARD: Governance(
        mid_run_check=False, durability=False, phase_invariant=False
    ),
    GovernanceProfile.OBSERVE_ONLY: Governance(
        coordinator=False,
        mid_run_check=False,
        durability=False,
        phase_invariant=False,
        alert_fatigue=False,
    ),
}

STATUSES: Final[Mapping[RunPhase, frozenset[RunStatus]]] = {
    RunPhase.CREATED: frozenset({RunStatus.QUEUED}),
    RunPhase.AUTHORIZED: frozenset({RunStatus.QUEUED}),
    RunPhase.EXECUTING: frozenset({RunStatus.RUNNING}),
    RunPhase.GOVERNANCE_CHECK: frozenset({RunStatus.RUNNING}),
    RunPhase.FINALIZING: frozenset({RunStatus.RUNNING}),
    RunPhase.COMPLETED: frozenset({RunStatus.SUCCEEDED}),
    RunPhase.FAILED: frozenset(
        {RunStatus.FAILED, RunStatus.FAILED_POLICY, RunStatus.CANCELLED, RunStatus.RETRY}
    ),
}
_ON_THE_WAY: Final[tuple[RunPhase, ...]] = tuple(
    phase for phase in RunPhase if phase != RunPhase.FAILED
)
ENDED: Final = frozenset(phase for phase, moves in RUN_MOVES.items() if not moves)


def may_move(here: RunPhase, there: RunPhase) -> bool:
    return there in RUN_MOVES[here]


def status_in(phase: RunPhase, wanted: RunStatus | None = None) -> RunStatus | None:
    """The status of a run in this phase: the one wanted, if the phase allows it, or the plain
    one if none is; None if it does not."""
    if wanted is None:
        wanted = RunStatus.FAILED if phase is RunPhase.FAILED else min(STATUSES[phase])
    return wanted if wanted in STATUSES[phase] else None


def path(here: RunPhase, there: RunPhase) -> tuple[RunPhase, ...]:
    """The phases from the next one to the end of a run, one legal move after the other; empty if
    the run has ended. `there` is COMPLETED or FAILED."""
    if here in ENDED:
        return ()
    if there is RunPhase.FAILED:
        return (there,)
    return _ON_THE_WAY[_ON_THE_WAY.index(here) + 1 :]


_REMEMBERS: Final = frozenset({"django.db.backends.postgresql"})
_FORGETS: Final = frozenset({"", "django.db.backends.dummy"})


def durability(*, enforced: bool, store: str) -> Durability:
    """Whether what runs promise outlives the process. `store` names the database engine."""
    if not enforced:
        return Durability.ENFORCEMENT_DISABLED
    if store in _REMEMBERS:
        return Durability.DURABLE
    return Durability.NOT_DURABLE if store in _FORGETS else Durability.UNKNOWN
