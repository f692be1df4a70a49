"""What makes two incidents the same failure: a few fields, and a hash of them.

SIGNATURE_V1 takes the fields as they were reported; its hashes are frozen. SIGNATURE_V1N tidies
them first. An incident that is tidy already has the same hash under both, so a catalogue that
was built under the first keeps recognising what it knew. Values of the context never take part,
only its keys.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from loops.domain.states import PatternType

V1: Final = "SIGNATURE_V1"
NORMALISED: Final = "SIGNATURE_V1N"
UNKNOWN_ERROR: Final = "unknown"
HASH_DIGITS: Final = 32
LONGEST_NUMBER: Final = 9  # digits; a longer one is no status code
VIOLATION_WORDS: Final = ("policy", "block")


@dataclass(frozen=True)
class Signature:
    """The fields compared, and the version of the rules that read them."""

    error_type: str
    error_code: str | None = None
    context_keys: tuple[str, ...] = ()
    agent_capability: str | None = None
    api_endpoint: str | None = None
    status_code: int | None = None
    version: str = NORMALISED

    def as_json(self) -> dict[str, Any]:
        """The fields that are hashed and stored; the version has a column of its own."""
        fields = asdict(self)
        del fields["version"]
        return {**fields, "context_keys": list(self.context_keys)}

    def digest(self) -> str:
        """First 32 hex digits of the SHA-256 of the sorted JSON text."""
        text = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def raw_signature(
    *,
    error_type: str | None = None,
    error_code: str | None = None,
    context: Mapping[str, Any] | None = None,
    agent_capability: str | None = None,
    api_endpoint: str | None = None,
    status_code: int | None = None,
) -> Signature:
    """The SIGNATURE_V1 signature: fields untouched, a missing error type called "unknown"."""
    return Signature(
        error_type=UNKNOWN_ERROR if error_type is None else error_type,
        error_code=error_code,
        context_keys=tuple(sorted(context or ())),
        agent_capability=agent_capability,
        api_endpoint=api_endpoint,
        status_code=status_code,
        version=V1,
    )


def normalised_signature(
    *,
    error_type: str | None = None,
    error_code: str | None = None,
    context: Mapping[str, Any] | None = None,
    agent_capability: str | None = None,
    api_endpoint: str | None = None,
    status_code: int | str | None = None,
) -> Signature:
    """The SIGNATURE_V1N signature: texts trimmed, error type and endpoint in lower case.

    The endpoint loses its query and trailing slash; the status code is a number or missing.
    """
    return Signature(
        error_type=(trimmed(error_type) or UNKNOWN_ERROR).lower(),
        error_code=trimmed(error_code),
        context_keys=tuple(sorted(context or ())),
        agent_capability=trimmed(agent_capability),
        api_endpoint=plain_endpoint(api_endpoint),
        status_code=number(status_code),
        version=NORMALISED,
    )


def stored_signature(*, fields: Mapping[str, Any], version: str) -> Signature:
    """The signature whose `as_json()` was stored under this version."""
    return Signature(**{**fields, "context_keys": tuple(fields["context_keys"])}, version=version)


def pattern_type(error_type: str) -> PatternType:
    """What kind of pattern a first incident of this error type founds."""
    lowered = error_type.lower()
    if any(word in lowered for word in VIOLATION_WORDS):
        return PatternType.POLICY_VIOLATION
    return PatternType.ERROR


def trimmed(text: str | None) -> str | None:
    """The text without outer white space; None if nothing is left."""
    return (text or "").strip() or None


def plain_endpoint(endpoint: str | None) -> str | None:
    """The endpoint as compared: no query, no fragment, no trailing slash, lower case."""
    path = (endpoint or "").partition("?")[0].partition("#")[0].strip()
    return (path.rstrip("/") or path[:1]).lower() or None


def number(status_code: int | str | None) -> int | None:
    """The status code as a number; None if it is missing or not written in digits."""
    if isinstance(status_code, str):
        digits = status_code.strip()
        short = digits.isascii() and len(digits) <= LONGEST_NUMBER
        return int(digits) if short and digits.isdigit() else None
    return status_code
