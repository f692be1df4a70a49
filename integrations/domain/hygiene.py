"""What should be done about a credential, if anything: HYGIENE_V1 of integrations 1.0.0."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from integrations.domain import credentials

VERSION: Final = "HYGIENE_V1"


class Concern(StrEnum):
    """The most pressing first."""

    UNREADABLE = "unreadable"
    EXPIRED = "expired"
    EXPIRING = "expiring"  # within seven days
    DUE = "due"  # its secret should have been replaced
    UNUSED = "unused"  # nothing refers to it


@dataclass(frozen=True)
class Standing:
    """What is known of a credential; `rotated_at` is when its secret was last replaced."""

    expires_at: datetime | None
    rotated_at: datetime
    rotate_every_days: int | None
    is_readable: bool
    is_used: bool


def concerns(standing: Standing, *, now: datetime) -> frozenset[Concern]:
    """Everything there is to do; expired and expiring never both."""
    due_at = credentials.rotation_due_at(standing.rotated_at, every_days=standing.rotate_every_days)
    holds = {
        Concern.UNREADABLE: not standing.is_readable,
        Concern.EXPIRED: credentials.is_expired(standing.expires_at, now=now),
        Concern.EXPIRING: credentials.is_expiring(standing.expires_at, now=now),
        Concern.DUE: due_at is not None and due_at <= now,
        Concern.UNUSED: not standing.is_used,
    }
    return frozenset(one for one, is_so in holds.items() if is_so)
