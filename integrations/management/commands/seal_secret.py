import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.actions.resealing import sealed_reference
from m25console.models import Tenant
from m25console.refusals import InvalidInput


class Command(BaseCommand):
    help = (
        "Reads a secret from standard input, or asks for it, and prints a reference that carries "
        "it sealed. Such as: pass show openai | manage.py seal_secret --tenant SLUG"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The secret itself is never an argument: others on the machine could read it."""
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="for whom it is sealed")
        parser.add_argument(
            "--instead-of", metavar="REFERENCE", default="",
            help="an encrypted:// reference whose secret this one replaces; the same is refused",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']}.")
        try:
            fresh = sealed_reference(_entered(), tenant=tenant, instead_of=options["instead_of"])
        except InvalidInput as refused:
            raise CommandError(str(refused)) from None
        if fresh.old_was_readable is False:
            self.stderr.write("The old reference could not be read, so nothing was compared.")
        self.stdout.write(fresh.reference)


def _entered() -> str:
    if sys.stdin.isatty():
        return getpass("Secret: ")
    return sys.stdin.read().rstrip("\r\n")
