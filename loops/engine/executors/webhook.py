"""Carrying an action out by a signed request to the tenant's own endpoint (Standard Webhooks).

The message id is the execution's idempotency key, the same at every try, so that an endpoint
which did its work and could not say so does it once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from loops.actions.tries import Try
from loops.domain.executions import TryResult, Verdict, asked_wait, signed_headers, verdict_of
from m25console import courses, destinations, outbound

KEPT: Final = 4096  # bytes of the answer
REDIRECTS: Final = range(300, 400)


def carry_out(attempt: Try, now: datetime) -> TryResult:
    """One request, and what it came to; whatever goes wrong on the way is an answer too."""
    return deliver(
        url=attempt.url,
        message_id=str(attempt.key),
        payload={**attempt.request, "attempt": attempt.number},
        secrets=attempt.secrets,
        now=now,
    )


def deliver(
    *,
    url: str,
    message_id: str,
    payload: Mapping[str, Any],
    secrets: tuple[bytes, ...],
    now: datetime,
    deadline_seconds: float = outbound.DEADLINE_SECONDS,
) -> TryResult:
    """Send one signed message and judge the answer."""
    body = orjson.dumps(payload)
    headers = signed_headers(message_id=message_id, body=body, secrets=secrets, at=now)
    headers["Content-Type"] = "application/json"
    try:
        answer = outbound.send(
            url, method="POST", body=body, headers=headers, deadline_seconds=deadline_seconds
        )
    except destinations.ForbiddenTarget as forbidden:
        return TryResult(Verdict.FAILED, error=str(forbidden))
    except courses.NoAnswer as silence:
        return TryResult(Verdict.AGAIN, error=str(silence))
    return judged(answer, now=now)


def judged(answer: outbound.Answer, *, now: datetime) -> TryResult:
    verdict = verdict_of(answer.status)
    told = answer.body[:KEPT].decode(errors="replace").replace("\0", "\ufffd")
    cut = answer.is_cut or len(answer.body) > KEPT
    result = {"status": answer.status, "answer": told, "is_cut": cut}
    wait = asked_wait(answer.headers.get("retry-after", ""), now=now)
    return TryResult(verdict, result, _error(answer.status, verdict), wait)


def _error(status: int, verdict: Verdict) -> str:
    if verdict is Verdict.SUCCEEDED:
        return ""
    if status in REDIRECTS:
        return f"The endpoint answered {status}, a redirect: enter the address it leads to."
    return f"The endpoint answered {status}."
