"""Sending a test to a tenant's endpoint or by a channel, while somebody waits for what it says."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from loops.actions import channels, deliveries, endpoints
from loops.actions.deliveries import Sending
from loops.actions.targets import secrets_of
from loops.actions.wording import message_of_test
from loops.domain.executions import TryResult, Verdict
from loops.domain.states import ChannelKind
from loops.engine.channels import CARRIERS
from loops.engine.executors import webhook
from m25console.access import Actor
from m25console.sealing import CannotUnseal

DEADLINE_SECONDS: Final = 5.0


def send_to_endpoint(*, by: Actor, now: datetime) -> TryResult:
    """Send a signed message that asks for nothing, and keep what came back.

    Raises NotPermitted, NotFound if no endpoint is set up, or TooMany.
    """
    row = endpoints.begin_test(by=by, now=now)
    payload: dict[str, Any] = {"type": "recovery.test", "timestamp": now.isoformat(), "data": {}}
    came_to = _sent(
        lambda: webhook.deliver(
            url=row.url,
            message_id=_new_id(),
            payload=payload,
            secrets=secrets_of(row, now=now),
            now=now,
            deadline_seconds=DEADLINE_SECONDS,
        )
    )
    told = {"verdict": came_to.verdict, "error": came_to.error, **came_to.result}
    endpoints.end_test(row, result=told)
    return came_to


def send_by_channel(*, channel_id: str, by: Actor, now: datetime) -> TryResult:
    """Send a message that asks for nothing, and keep what came back.

    Raises NotFound, NotPermitted, or TooMany right after another.
    """
    row = channels.begin_test(channel_id=channel_id, by=by, now=now)
    message = message_of_test(tenant=by.tenant.name, is_personal=row.person_id is not None, now=now)
    kind = ChannelKind(row.kind)

    def send() -> TryResult:
        secrets = secrets_of(row, now=now)
        test = Sending(_new_id(), "", 1, kind, row.address, secrets, message, thread="")
        return CARRIERS[kind](test, now)

    came_to = _sent(send)
    channels.end_test(row, result=deliveries.told_of_test(came_to), fault=came_to.error)
    return came_to


def _sent(send: Callable[[], TryResult]) -> TryResult:
    try:
        return send()
    except CannotUnseal as error:
        return TryResult(Verdict.FAILED, error=str(error))


def _new_id() -> str:
    return f"test_{uuid4().hex}"
