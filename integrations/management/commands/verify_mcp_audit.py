import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.engine.mcp_verifying import Verified, verify
from m25console.models import Tenant


class Command(BaseCommand):
    help = "Proves that no line of the audit of MCP was changed; exit code 1 if one was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="check one tenant only")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.order_by("slug")
        if slug := options["tenant"]:
            tenants = tenants.filter(slug=slug)
            if not tenants:
                raise CommandError(f"There is no tenant {slug}.")
        found = [self._told(tenant) for tenant in tenants]
        if not all(found):
            sys.exit(1)

    def _told(self, tenant: Tenant) -> bool:
        checked, told = 0, verify(tenant)
        while not told.is_finished:
            checked += told.checked
            told = verify(tenant, after=told.through)
        self.stdout.write(f"{tenant.slug}: {_sentence(told, checked + told.checked)}")
        return told.is_whole


def _sentence(told: Verified, checked: int) -> str:
    if told.broken is None:
        return f"whole, {checked} events, last seal {told.seal}"
    named = f" ({told.broken.event_id})" if told.broken.event_id else ""
    return f"BROKEN at event {told.broken.number}{named}: {told.broken.reason}"
