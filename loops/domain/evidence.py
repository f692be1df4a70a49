"""What was counted to compute a level, and how its rows are sealed against change.

A seal names every value of one row; a link names the row and all before it, so that a row that
is changed, left out or moved breaks every link from there on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from loops.domain.graduation import Evidence, share
from loops.domain.payload import digest
from loops.domain.states import GateKey


class Kind(StrEnum):
    """The rows that open a gate."""

    PREVENTIONS = "preventions"
    DEMOTIONS = "demotions"
    VIEWS = "views"


KIND_OF: Final[Mapping[GateKey, Kind]] = {
    GateKey.PREVENTION: Kind.PREVENTIONS,
    GateKey.ROLLBACK: Kind.DEMOTIONS,
    GateKey.TIMELINE: Kind.VIEWS,
}
QUERIES: Final[Mapping[Kind, str]] = {
    Kind.PREVENTIONS: (
        "Prevention records of the last 30 days with the outcome prevented, made after their "
        "policy was activated, neither simulated nor synthetic. Attempts are those prevented, "
        "mitigated and failed."
    ),
    Kind.DEMOTIONS: (
        "Reports of harm of the last 30 days that disabled their policy, not simulated, of "
        "policies that are not synthetic. The regret rate is all such reports by all "
        "evaluations of policies, enforced and in shadow."
    ),
    Kind.VIEWS: (
        "Views of the last 30 days of a timeline with a real prevention on it, one a day for "
        "each person and incident, not simulated, of incidents that are not synthetic."
    ),
}
START: Final = "0" * 64  # the link before the first row


@dataclass(frozen=True)
class Counts:
    """Real rows of one window."""

    preventions: int = 0
    attempts: int = 0
    demotions: int = 0
    regrets: int = 0
    evaluations: int = 0
    views: int = 0
    last_prevention_at: datetime | None = None
    last_demotion_at: datetime | None = None
    last_view_at: datetime | None = None

    def evidence(self) -> Evidence:
        """What the gates ask for."""
        return Evidence(
            preventions=self.preventions,
            prevention_rate=share(self.preventions, self.attempts),
            demotions=self.demotions,
            regret_rate=share(self.regrets, self.evaluations),
            views=self.views,
            last_prevention_at=self.last_prevention_at,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


def counts_from(stored: Mapping[str, Any]) -> Counts:
    """The counts that as_json() gave."""
    known: dict[str, Any] = {
        name: datetime.fromisoformat(value) if isinstance(value, str) else value
        for name, value in stored.items()
    }
    return Counts(**known)


def added(counts: Iterable[Counts]) -> Counts:
    """The counts of several tenants as one."""
    known = list(counts)
    sums: dict[str, Any] = {}
    for field in fields(Counts):
        values = [getattr(one, field.name) for one in known]
        if field.name.startswith("last_"):
            sums[field.name] = max((one for one in values if one is not None), default=None)
        else:
            sums[field.name] = sum(values)
    return Counts(**sums)


def seal(values: dict[str, Any]) -> str:
    """The digest of one row, whatever the order of its columns."""
    return digest(values)


def link(previous: str, sealed: str) -> str:
    """The link of a row, from that of the row before it; START for the first."""
    return digest({"previous": previous, "row": sealed})
