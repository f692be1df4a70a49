"""Channels that lead to real servers on loopback, and sending what is due."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from django.utils import timezone

from loops.actions import channels
from loops.actions.channels import Wanted
from loops.domain.notifications import SHARED
from loops.domain.states import ChannelKind, Event
from loops.engine import delivering
from loops.engine.announcing import announce
from loops.models import Delivery, NotificationChannel
from m25console.access import Actor
from m25console.env import mailer_settings
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import endpoints, factories
from tests.endpoints import Endpoint
from tests.ports import free_pair


def make_channel(
    tenant: Tenant, *, of: Actor | None = None, by: Actor | None = None, **fields: Any
) -> NotificationChannel:
    """A channel of the tenant, or somebody's own; by mail, of everything, unless told."""
    defaults: dict[str, Any] = {
        "kind": ChannelKind.EMAIL,
        "name": "On call",
        "address": "oncall@example.org",
        "events": sorted(Event if of else SHARED),
    }
    row, _secret = channels.add(
        wanted=Wanted(**defaults | fields),
        is_personal=of is not None,
        by=of or by or factories.make_actor(tenant, role=Role.ADMIN),
        now=timezone.now(),
    )
    return row


@contextmanager
def hook_of(tenant: Tenant, settings: Any, **fields: Any) -> Iterator[Endpoint]:
    """A running endpoint that a channel of the tenant leads to."""
    with endpoints.running() as running:
        settings.OUTBOUND_ALLOW = frozenset({running.host})
        make_channel(tenant, **{"kind": ChannelKind.WEBHOOK, "address": running.url} | fields)
        yield running


@dataclass
class MailServer:
    """What a real mail server took, and what it answers; "" takes everything."""

    refuses: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        message = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.envelopes.append(envelope)
        return "250 taken"


@contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    """A mail server on loopback that the console uses."""
    server = MailServer()
    port = free_pair()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.MAILERS = {"default": mailer_settings(f"smtp+plain://127.0.0.1:{port}")}
        settings.MAIL_CONFIGURED = True
        settings.BASE_URL = "https://console.example.org"
        yield server
    finally:
        controller.stop()


def tell(now: datetime | None = None) -> None:
    """Announce, and have all that gathers go out now."""
    announce(now or timezone.now())
    Delivery.objects.filter(status="waiting").update(next_try_at=timezone.now())


def send_what_is_due() -> int:
    """Give out and send, as relay and worker do; how many tries were made."""
    calls = delivering.ERRANDS.give_out(now=timezone.now() + timedelta(seconds=1))
    return sum(delivering.deliver(call) for call in calls)
