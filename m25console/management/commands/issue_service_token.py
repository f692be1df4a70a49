from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from m25console import services
from m25console.management.named import tenant_named
from m25console.refusals import Refusal


class Command(BaseCommand):
    help = "Sign a token for another system; the last line of the output is the token, alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="which system uses it")
        parser.add_argument(
            "--tenant", required=True, action="append", help="a tenant's slug; may be repeated"
        )
        parser.add_argument("--scopes", required=True, help="one or more, with commas; not decide")
        parser.add_argument("--minutes", type=int, default=60, help="how long it lasts, at most 60")

    def handle(
        self,
        *_args: object,
        name: str,
        tenant: list[str],
        scopes: str,
        minutes: int,
        **_options: object,
    ) -> None:
        try:
            token = services.issue(
                name=name,
                tenants=[tenant_named(slug) for slug in dict.fromkeys(tenant)],
                scopes={one.strip() for one in scopes.split(",") if one.strip()},
                lasts=timedelta(minutes=minutes),
                now=timezone.now(),
            )
        except Refusal as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(token)
