"""`furnish_integrations`: what the demo's tenant is connected with."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from integrations.sample import FURNISHED
from m25console.access import Actor
from m25console.models import Membership
from m25console.vocabulary import Door, Role


class Command(BaseCommand):
    """Fills a tenant once; where it was run before it changes nothing."""

    help = "Fill a tenant with the demo's connections. Meant for `demo`, not for a tenant in use."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which tenant, whose doing it is, and where the demo's servers listen."""
        parser.add_argument("--tenant", required=True, help="its slug")
        parser.add_argument("--admin", required=True, help="the name of an admin of it")
        parser.add_argument("--servers", type=json.loads, default={}, help="name to host:port")

    def handle(self, *, tenant: str, admin: str, servers: dict[str, str], **_options: Any) -> None:
        """Raises Membership.DoesNotExist unless there is such an admin."""
        theirs = Membership.objects.select_related("tenant", "user")
        found = theirs.get(tenant__slug=tenant, user__username=admin, role=Role.ADMIN)
        by = Actor(
            tenant=found.tenant, user=found.user, role=Role.ADMIN, door=Door.SYSTEM,
            label=str(found.user),
        )  # fmt: skip
        for furnish in FURNISHED:
            furnish(by, servers, timezone.now())
