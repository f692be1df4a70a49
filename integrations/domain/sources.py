"""What a data source is: its types, its states and the moves between them: integrations 1.0.0.

Values are stored; renaming one needs a migration.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class SourceType(StrEnum):
    DATABASE = "database"
    DOCUMENT = "document"
    FILE = "file"
    VECTOR = "vector"
    API = "api"
    STREAM = "stream"
    CUSTOM = "custom"


class SourceStatus(StrEnum):
    PENDING = "pending"  # registered, not yet found to work
    CONFIGURING = "configuring"  # changed since it was last switched on
    ACTIVE = "active"
    INACTIVE = "inactive"
    ERROR = "error"  # the last look failed; a good one leads back
    DEPRECATED = "deprecated"  # to be removed; nothing leads out


class AuthType(StrEnum):
    NONE = "none"
    BASIC = "basic"
    API_KEY = "api_key"
    OAUTH = "oauth"
    IAM = "iam"


SIGNS_IN_WITH: Final[Mapping[AuthType, str]] = {
    AuthType.NONE: "nothing",
    AuthType.BASIC: "user and password",
    AuthType.API_KEY: "a key",
    AuthType.OAUTH: "OAuth",
    AuthType.IAM: "IAM",
}


_LIVE: Final = frozenset(SourceStatus) - {SourceStatus.DEPRECATED}
_AHEAD: Final = frozenset(SourceStatus) - {SourceStatus.PENDING}
SOURCE_MOVES: Final[Mapping[SourceStatus, frozenset[SourceStatus]]] = {
    **{one: _AHEAD - {one} for one in _LIVE},
    # A good look leads back to what was before the error, also to the beginning.
    SourceStatus.ERROR: _LIVE - {SourceStatus.ERROR} | {SourceStatus.DEPRECATED},
    SourceStatus.DEPRECATED: frozenset(),
}
FAILS_AFTER: Final = 2  # looks in a row that failed, unless somebody asked for the first


def with_one(held: Sequence[str], one: str) -> list[str]:
    """The list with `one` in it, once, at its end if it is new."""
    return [*held, *([one] if one not in held else [])]


def without_one(held: Sequence[str], one: str) -> list[str]:
    """The list without `one`, the others in their order."""
    return [each for each in held if each != one]


def after_connection(status: SourceStatus, *, before_error: SourceStatus | None) -> SourceStatus:
    """Where a good look leads: out of an error to what was before it, else nowhere else."""
    if status is SourceStatus.ERROR:
        return before_error or SourceStatus.PENDING
    return status


def is_watched(status: SourceStatus, *, before_error: SourceStatus | None) -> bool:
    """Whether it is looked at by itself: while it is in use, or was until it failed."""
    return SourceStatus.ACTIVE in (status, before_error)
