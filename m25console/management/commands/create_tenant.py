from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from m25console import people
from m25console.refusals import Refusal


class Command(BaseCommand):
    help = "Create a tenant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name in lower case, for example acme")
        parser.add_argument("--name", default="", help="name shown to people; the slug if absent")

    def handle(self, *_args: object, slug: str, name: str, **_options: object) -> None:
        try:
            tenant = people.create_tenant(
                slug=slug, name=name, now=timezone.now(), label="command line"
            )
        except Refusal as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Created tenant {tenant.slug} ({tenant.name}), {tenant.pk}.")
