"""What an endpoint's answer means, and when to try again. Loop mechanics 1.0.0, Standard Webhooks.

Randomness is an argument: `draw` is a number in [0, 1).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, Final

FIRST_WAIT: Final = timedelta(seconds=5)  # doubled with every try
LONGEST_WAIT: Final = timedelta(minutes=10)
LONGEST_ASKED: Final = timedelta(hours=1)  # of what an endpoint may ask for
LATER: Final = frozenset({408, 429})  # the only answers of 400 to 499 worth another try
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - a prefix, not a secret
SECRET_BYTES: Final = 32


class Verdict(StrEnum):
    """What one try came to."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"  # another try would fail too
    AGAIN = "again"


@dataclass(frozen=True)
class TryResult:
    """One try: `result` is kept if it was the last, `wait` is what the other side asked for."""

    verdict: Verdict
    result: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    wait: timedelta | None = None


def verdict_of(status: int) -> Verdict:
    """What an HTTP status says about the try it answers."""
    if 200 <= status < 300:
        return Verdict.SUCCEEDED
    if 400 <= status < 500 and status not in LATER:
        return Verdict.FAILED
    return Verdict.AGAIN


def wait_before(*, tries: int, draw: float, asked: timedelta | None = None) -> timedelta:
    """How long to rest after so many tries; at least what the endpoint asked for, within reason.

    Half of the wait is drawn, so that what failed together does not come back together.
    """
    full = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 16)))
    wait = full / 2 + full / 2 * draw
    return max(wait, min(asked, LONGEST_ASKED)) if asked else wait


def asked_wait(header: str, *, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date. None if it says nothing readable."""
    told = header.strip()
    if told.isascii() and told.isdigit() and len(told) < 10:
        return timedelta(seconds=int(told))
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(zoned - now, timedelta(0))


def secret_text(secret: bytes) -> str:
    """A signing secret as people copy it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    *, message_id: str, body: bytes, secrets: Sequence[bytes], at: datetime
) -> dict[str, str]:
    """The headers of a signed message, one signature for each secret in use."""
    moment = str(int(at.timestamp()))
    content = f"{message_id}.{moment}.".encode() + body
    signatures = [hmac.digest(secret, content, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
