import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loops.engine.ledger import violations
from loops.models import Incident
from m25console.ledger import declared
from m25console.models import Tenant


class Command(BaseCommand):
    help = "Proves that nothing is lost or doubled; exit code 1 and one line each if something is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="check one tenant only")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = _tenant(options["tenant"])
        found = 0
        for violation in violations(tenant_id=tenant.pk if tenant else None):
            self.stdout.write(str(violation))
            found += 1
        incidents = Incident.objects.for_tenant(tenant) if tenant else Incident.objects.all()
        self.stdout.write(
            f"incidents={incidents.count()} rules={len(declared())} violations={found}"
        )
        if found:
            sys.exit(1)


def _tenant(slug: str | None) -> Tenant | None:
    if slug is None:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant {slug}.")
    return tenant
