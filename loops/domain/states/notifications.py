"""What people and machines are told of, by which way, and how a delivery stands."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Event(StrEnum):
    """What is worth telling."""

    ASKED = "asked"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    DECIDED = "decided"
    LAPSED = "lapsed"
    MENTIONED = "mentioned"
    DELEGATED = "delegated"
    HELD_REFUSED = "held_refused"  # an answer that could not take effect when its hold ended
    POLICY_SHADOWED = "policy_shadowed"  # an active policy only observes again
    VOTE_DROPPED = "vote_dropped"  # to a policy that was rewritten since
    ROUTING_ROLLED_BACK = "routing_rolled_back"


class ChannelKind(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"  # signed, Standard Webhooks
    SLACK = "slack"  # or whatever takes Slack's incoming messages


class DeliveryStatus(StrEnum):
    WAITING = "waiting"  # for its time, or for another try
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"  # there was nothing to say any more, or nobody to say it to


DELIVERY_MOVES: Final[Mapping[DeliveryStatus, frozenset[DeliveryStatus]]] = {
    DeliveryStatus.WAITING: frozenset({DeliveryStatus.SENDING, DeliveryStatus.SKIPPED}),
    DeliveryStatus.SENDING: frozenset(
        {
            DeliveryStatus.WAITING,
            DeliveryStatus.SENT,
            DeliveryStatus.FAILED,
            DeliveryStatus.SKIPPED,
        }
    ),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.WAITING}),  # by an admin
    DeliveryStatus.SKIPPED: frozenset(),
}
