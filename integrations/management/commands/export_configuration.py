from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.configuration import documents
from integrations.management.admins import admin_named
from m25console.refusals import Refusal


class Command(BaseCommand):
    help = "Write a tenant's connections as one JSON document, with references to secrets only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--admin", required=True, help="the admin in whose name it is taken")
        parser.add_argument(
            "--file", type=Path, help="where to write it; standard output if absent"
        )

    def handle(
        self, *_args: object, tenant: str, admin: str, file: Path | None, **_options: object
    ) -> None:
        try:
            document = documents.taken_away(admin_named(admin, tenant), now=timezone.now())
        except Refusal as refused:
            raise CommandError(str(refused)) from None
        if file is None:
            self.stdout.write(document.decode())
        else:
            file.write_bytes(document)
