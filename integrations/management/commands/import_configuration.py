from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.configuration import documents, importing
from integrations.domain.configuration import Outcome
from integrations.management.admins import admin_named
from m25console.refusals import Refusal


class Command(BaseCommand):
    help = "Make a tenant's connections like those of a document; the last line counts the items."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="as export_configuration wrote it")
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--admin", required=True, help="the admin in whose name it is done")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(
        self, *_args: object, file: Path, tenant: str, admin: str, dry_run: bool, **_options: object
    ) -> None:
        by, now = admin_named(admin, tenant), timezone.now()
        try:
            document = documents.parsed(file.read_bytes())
            plan = importing.look(document, by=by, now=now)
            if plan.changes_anything and not dry_run:
                plan = importing.apply(document, digest=plan.digest, by=by, now=now)
        except (OSError, Refusal) as refused:
            raise CommandError(str(refused)) from None
        self._tell(plan)
        if not plan.changes_anything:
            self.stdout.write("There is nothing to change.")
        self.stdout.write(" ".join(f"{name}={count}" for name, count in plan.counts.items()))

    def _tell(self, plan: importing.Plan) -> None:
        for one in plan.results:
            if one.outcome != Outcome.UNCHANGED:
                self.stdout.write(f"{one.outcome} {one.noun} {one.name}: {one.reason}".rstrip(": "))
            for change in one.changes:
                self.stdout.write(f"    {change.name}: {change.before} -> {change.after}")
