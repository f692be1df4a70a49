"""Sending a test to a tenant's endpoint, while somebody waits for what it says."""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from loops.actions import endpoints
from loops.domain.executions import TryResult, Verdict
from loops.engine.executors import webhook
from m25console.access import Actor
from m25console.sealing import CannotUnseal

DEADLINE_SECONDS: Final = 5.0


def send_test(*, by: Actor, now: datetime) -> TryResult:
    """Send a signed message that asks for nothing, and keep what came back.

    Raises NotPermitted, NotFound if no endpoint is set up, or TooMany.
    """
    row = endpoints.begin_test(by=by, now=now)
    payload: dict[str, Any] = {"type": "recovery.test", "timestamp": now.isoformat(), "data": {}}
    try:
        came_to = webhook.deliver(
            url=row.url,
            message_id=f"test_{uuid4().hex}",
            payload=payload,
            secrets=endpoints.signing_secrets(row, now=now),
            now=now,
            deadline_seconds=DEADLINE_SECONDS,
        )
    except CannotUnseal as error:
        came_to = TryResult(Verdict.FAILED, error=str(error))
    told = {"verdict": came_to.verdict, "error": came_to.error, **came_to.result}
    endpoints.end_test(row, result=told)
    return came_to
