import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from m25console.models import Tenant
from m25console.resealing import Sealed, declared, reseal
from m25console.sealing import key_version


class Command(BaseCommand):
    help = (
        "Seals everything again with the first key of CREDENTIAL_MASTER_KEY. Put the new key "
        "first, restart, run this, and take the old key out once this ends with exit code 0. "
        "Safe to run again and while the console works; exit code 1 if something was left."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="one tenant only")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = _tenant(options["tenant"])
        left = sum([self._rotated(table, tenant) for table in declared()])
        version = key_version()
        if left:
            self.stderr.write(f"{left} left as they were: keep the old keys, and look at these.")
            sys.exit(1)
        whose = f"of {tenant} " if tenant else ""
        self.stdout.write(f"Everything {whose}is sealed with key {version}.")

    def _rotated(self, table: Sealed, tenant: Tenant | None) -> int:
        """How many rows of the table were left."""
        left: tuple[Any, ...] = ()
        for at in reseal(table, tenant=tenant, now=timezone.now()):
            self.stdout.write(f"{table.name}: {at.seen}/{at.of}, {at.fresh} sealed again")
            left = tuple(at.left)
        for key in left:
            self.stdout.write(f"{table.name}: {key} cannot be opened, or is being changed")
        return len(left)


def _tenant(slug: str | None) -> Tenant | None:
    if slug is None:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return tenant
