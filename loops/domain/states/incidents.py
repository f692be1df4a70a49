"""Incidents and the patterns they are recognised by."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Severity(StrEnum):  # worst first
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class IncidentState(StrEnum):
    ACTIVE = "active"
    ACKED = "acked"  # somebody has taken it
    RESOLVED = "resolved"


INCIDENT_MOVES: Final[Mapping[IncidentState, frozenset[IncidentState]]] = {
    IncidentState.ACTIVE: frozenset({IncidentState.ACKED, IncidentState.RESOLVED}),
    IncidentState.ACKED: frozenset({IncidentState.RESOLVED}),
    IncidentState.RESOLVED: frozenset(),  # a recurrence is a new incident
}


class CauseType(StrEnum):
    LLM_RUN = "llm_run"
    SYSTEM = "system"
    HUMAN = "human"


class SourceType(StrEnum):  # who reported the incident
    RUN = "run"
    KILLSWITCH = "killswitch"
    POLICY = "policy"
    MANUAL = "manual"
    API = "api"


class PatternType(StrEnum):
    POLICY_VIOLATION = "policy_violation"
    ERROR = "error"


class MatchType(StrEnum):
    """How an incident found its pattern."""

    EXACT_HASH = "exact_hash"
    FUZZY = "fuzzy"  # weighted comparison of the signature's fields
    NEW_PATTERN = "new_pattern"  # nothing similar was known: the incident founded one
    MESSAGE_TEMPLATE = "message_template"  # same message but for its variable parts
