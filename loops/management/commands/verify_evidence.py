import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loops.engine.dossiers import check_form
from loops.engine.verifying import Difference, differences, dossier_differences
from m25console.management.named import tenant_named
from m25console.models import Tenant


class Command(BaseCommand):
    help = (
        "Proves that the last level of every tenant follows from rows that are still there and "
        "unchanged; exit code 1 and one line for each difference if not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="check one tenant only")
        parser.add_argument(
            "--file", metavar="DOSSIER", help="also check a downloaded dossier.json, row by row"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["tenant"]
        tenants: list[Tenant | None] = [tenant_named(slug)] if slug else [*_everyone(), None]
        found = 0
        for difference in self._all(tenants, file=options["file"]):
            self.stdout.write(str(difference))
            found += 1
        self.stdout.write(f"tenants={len([one for one in tenants if one])} differences={found}")
        if found:
            sys.exit(1)

    def _all(self, tenants: list[Tenant | None], *, file: str | None) -> Iterator[Difference]:
        for tenant in tenants:
            yield from differences(tenant)
        if file is not None:
            yield from dossier_differences(_dossier(file))


def _everyone() -> list[Tenant]:
    return list(Tenant.objects.order_by("slug"))


def _dossier(file: str) -> Any:
    """The document in the file. Raises CommandError if there is none that can be checked."""
    try:
        document = json.loads(Path(file).read_text(encoding="utf-8"))
        check_form(document)
    except (OSError, ValueError) as fault:
        raise CommandError(f"{file}: {fault}") from None
    return document
