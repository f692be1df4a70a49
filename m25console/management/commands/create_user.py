from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from m25console import people
from m25console.access import system_actor
from m25console.management.named import tenant_named
from m25console.refusals import Refusal
from m25console.vocabulary import Role


class Command(BaseCommand):
    help = "Create a person who signs in, as a member of one tenant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="an e-mail address or a short name")
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--name", default="", help="the full name, shown to others")
        parser.add_argument("--password", help="made up and printed if absent")

    def handle(
        self,
        *_args: object,
        username: str,
        tenant: str,
        role: str,
        name: str,
        password: str | None,
        **_options: object,
    ) -> None:
        by = system_actor(tenant_named(tenant), label="command line")
        try:
            person, made_up = people.create_person(
                username=username,
                password=password,
                full_name=name,
                role=Role(role),
                by=by,
                now=timezone.now(),
            )
        except Refusal as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Created {person.username}, {role} in {tenant}.")
        if password is None:
            self.stdout.write(f"Password: {made_up}")
