"""Messages as web requests: signed ones (Standard Webhooks), and Slack's incoming messages."""

from datetime import datetime

import orjson

from loops.actions.deliveries import Sending
from loops.domain.executions import TryResult, Verdict
from loops.domain.messages import as_json, as_slack
from loops.engine.executors import webhook
from m25console import courses, destinations, outbound


def send_signed(sending: Sending, now: datetime) -> TryResult:
    """One signed request. Its id is the delivery's, the same at every try."""
    payload = {
        "type": "notification",
        "timestamp": now.isoformat(),
        "data": {"delivery_id": sending.delivery_id, **as_json(sending.message)},
    }
    return webhook.deliver(
        url=sending.address,
        message_id=sending.delivery_id,
        payload=payload,
        secrets=sending.secrets,
        now=now,
    )


def send_to_slack(sending: Sending, now: datetime) -> TryResult:
    """One request to an address that is its own secret."""
    [address] = sending.secrets
    try:
        answer = outbound.send(
            address.decode(),
            method="POST",
            body=orjson.dumps(as_slack(sending.message)),
            headers={"Content-Type": "application/json"},
        )
    except destinations.ForbiddenTarget as forbidden:
        return TryResult(Verdict.FAILED, error=str(forbidden))
    except courses.NoAnswer as silence:
        return TryResult(Verdict.AGAIN, error=str(silence))
    return webhook.judged(answer, now=now)
