"""What people do with a question besides answering it, and how risky an answer may be."""

from enum import IntEnum, StrEnum


class Risk(IntEnum):
    """What a wrong yes could do; ordered, so that rows sort by it."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class RejectReason(StrEnum):
    """Why something was turned down, for figures; the note says the rest."""

    WRONG_PATTERN = "wrong_pattern"
    WRONG_ACTION = "wrong_action"
    TOO_BROAD = "too_broad"
    UNSAFE = "unsafe"
    STALE = "stale"
    OTHER = "other"


class HoldState(StrEnum):
    """Where an answer stands that takes effect only after a while."""

    HELD = "held"
    UNDONE = "undone"  # by the person who gave it
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"  # when its time came, it could not be given any more


class BulkAct(StrEnum):
    """What is done to many questions at once."""

    APPROVE = "approve"
    REJECT = "reject"
    DEFER = "defer"
    CLAIM = "claim"
    RELEASE = "release"
    SNOOZE = "snooze"


class ItemState(StrEnum):
    """Where one of many questions stands."""

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"  # for a reason that is kept
