"""How sure we are that a failure was met before, and what it is grouped and described by.

The numbers and word lists are those of loop mechanics 1.0.0.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from loops.domain.states import ErrorCategory, RecoveryMode

HALF_LIFE_DAYS: Final = 30.0
FULL_WEIGHT_DAYS: Final = 7.0  # a match of this age counts in full, a younger one for more
TIME_SHARE: Final = 0.7
COUNT_SHARE: Final = 0.3
IN_CATALOGUE: Final = 0.95
WITHOUT_HISTORY: Final = 0.20
STORED_FROM: Final = 0.10  # confidence below which a suggestion is not worth keeping
LOOKED_BACK: Final = timedelta(days=7)
MATCHES_READ: Final = 10  # the latest failures of a code that a suggestion may learn from
GROUPED_FROM: Final = 3  # occurrences that make a group
SIGNATURE_LENGTH: Final = 16
SIGNED: Final = 500  # characters of the message
GROUPED_BY: Final = 100
SHORT: Final = 4  # letters of a keyword that counts at the start of a word only

CATEGORIES: Final[Mapping[ErrorCategory, str]] = {
    ErrorCategory.TRANSIENT: "timeout network connection dns unavailable 503",
    ErrorCategory.PERMISSION: "permission auth forbidden 401 403",
    ErrorCategory.RESOURCE: "budget quota rate limit 429",
    ErrorCategory.VALIDATION: "validation schema invalid parse",
    ErrorCategory.INFRASTRUCTURE: "db database sql postgres redis",
    ErrorCategory.PLANNER: "llm claude openai anthropic model",
}
MODES: Final[Mapping[RecoveryMode, str]] = {
    RecoveryMode.RETRY_EXPONENTIAL: "timeout network unavailable 503",
    RecoveryMode.RETRY_WITH_JITTER: "rate 429 quota",
    RecoveryMode.ESCALATE: "permission auth forbidden 401 403",
    RecoveryMode.ABORT: "validation invalid schema parse",
}
HINTS: Final[Mapping[str, str]] = {
    "TIMEOUT": "Retry with exponential backoff, and raise the time limit if it keeps happening.",
    "HTTP_5XX": "Retry with backoff; stop calling the service for a while if it stays broken.",
    "RATE_LIMITED": "Wait as long as the service asks, then send fewer requests.",
    "BUDGET_EXCEEDED": "Fall back to a cheaper model, or raise the budget.",
    "PERMISSION_DENIED": "Check the credentials and what they may do.",
    "PARSE_ERROR": "Check the format of the answer against what is expected, and ask again.",
    "CONNECTION_ERROR": "Check that the service can be reached, then retry with backoff.",
}
GENERIC_HINT: Final = "Read the error and its context; nothing is known yet about failures like it."

_SECRETS: Final = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"),
    re.compile(r"(?i)\b(pass(?:word|wd)?|secret|token|api[_-]?key)(['\"]?\s*[:=]\s*)[^\s,;&]+"),
    re.compile(r"\b(?:sk|pk|ghp|xox[bp]|m25|whsec)[-_][\w-]{12,}"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
)


def matcher_confidence(
    *, ages_days: Sequence[float], occurrences: int, in_catalogue: bool = False
) -> float:
    """How sure the matcher is, in [0, 1] to four decimals: younger matches count for more.

    `ages_days` are those of the earlier matches; `occurrences` counts all failures of this kind.
    A failure the catalogue names is as good as known; one without history is a guess.
    """
    if in_catalogue:
        return IN_CATALOGUE
    if not ages_days or occurrences < 1:
        return WITHOUT_HISTORY
    decay = math.log(2) / HALF_LIFE_DAYS
    weighted = sum(math.exp(-decay * age) for age in ages_days)
    weighted /= occurrences * math.exp(-FULL_WEIGHT_DAYS * decay)
    basic = min(1.0, len(ages_days) / occurrences)
    return round(min(1.0, max(0.0, TIME_SHARE * weighted + COUNT_SHARE * basic)), 4)


def code_of(*, error_type: str | None, error_code: str | None) -> str:
    """What a failure is called: its type, else its code."""
    return error_type or error_code or "UNKNOWN"


def error_signature(*, code: str, message: str) -> str:
    """What equal failures have in common, as 16 hex digits; secrets take no part in it."""
    told = without_secrets(message).lower().strip()[:SIGNED]
    return _digest(f"{code}:{told}")


def group_signature(*, code: str, message: str) -> str:
    """What failures are grouped by overnight: the code and how the message begins.

    Written as the error signature is, so that both agree on "TIMEOUT" and a short message.
    """
    return _digest(f"{code.strip().upper()}:{message.lower().strip()[:GROUPED_BY]}")


def without_secrets(message: str) -> str:
    """The message with what looks like a password, key or token taken out."""
    for pattern in _SECRETS:
        message = pattern.sub("[secret]", message)
    return message


def category_of(*, code: str, message: str) -> ErrorCategory:
    """What kind of failure it is, by the first list with a word in its code or message."""
    return _first_hit(CATEGORIES, f"{code} {message}") or ErrorCategory.PERMANENT


def mode_of(*, code: str, message: str) -> RecoveryMode:
    """How failures like it are usually recovered from."""
    return _first_hit(MODES, f"{code} {message}") or RecoveryMode.ABORT


def hint_for(code: str) -> str:
    """What to try when nothing like it has been recovered yet."""
    called = code.strip().upper()
    return next((hint for name, hint in HINTS.items() if called.startswith(name)), GENERIC_HINT)


def _first_hit[K](lists: Mapping[K, str], text: str) -> K | None:
    told = re.sub(r"[^a-z0-9]+", " ", text.lower())
    words = f" {told}"
    return next(
        (
            kind
            for kind, keywords in lists.items()
            if any(_hits(one, words) for one in keywords.split())
        ),
        None,
    )


def _hits(keyword: str, words: str) -> bool:
    """Short keywords begin a word: "rate" is not in "generate"."""
    return (f" {keyword}" if len(keyword) <= SHORT else keyword) in words


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:SIGNATURE_LENGTH]
