"""How a message leaves: for every kind of channel, by what."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from loops.actions.deliveries import Sending
from loops.domain.executions import TryResult
from loops.domain.states import ChannelKind
from loops.engine.channels import email, hooks

type Carrier = Callable[[Sending, datetime], TryResult]

CARRIERS: Final[Mapping[ChannelKind, Carrier]] = {
    ChannelKind.EMAIL: email.send,
    ChannelKind.WEBHOOK: hooks.send_signed,
    ChannelKind.SLACK: hooks.send_to_slack,
}
