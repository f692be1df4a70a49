from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from m25console import tokens
from m25console.access import system_actor
from m25console.management.named import tenant_named
from m25console.models import Tenant, User
from m25console.refusals import Refusal
from m25console.vocabulary import Role, Scope


class Command(BaseCommand):
    help = "Create an API token; the last line of the output is the token, alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(Scope)
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--scopes", required=True, help=f"one or more of {known}, with commas")
        parser.add_argument("--name", default="command line", help="which machine uses it")
        parser.add_argument(
            "--for",
            dest="person",
            help="who answers for decisions made with it; the tenant's first admin if absent",
        )

    def handle(
        self,
        *_args: object,
        tenant: str,
        scopes: str,
        name: str,
        person: str | None,
        **_options: object,
    ) -> None:
        owner = tenant_named(tenant)
        wanted = _scopes(scopes)
        decides_for = _decider(owner, person) if Scope.DECIDE in wanted else None
        try:
            _row, token = tokens.issue(
                name=name,
                scopes=wanted,
                by=system_actor(owner, label="command line"),
                decides_for=decides_for,
                now=timezone.now(),
            )
        except Refusal as refused:
            raise CommandError(str(refused)) from None
        if decides_for is not None:
            self.stdout.write(f"Decisions made with it are recorded as {decides_for.username}'s.")
        self.stdout.write(token)


def _scopes(text: str) -> list[Scope]:
    wanted = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [one for one in wanted if one not in set(Scope)]
    if unknown or not wanted:
        told = f"Unknown scope {unknown[0]}." if unknown else "Name at least one scope."
        raise CommandError(f"{told} Known are {', '.join(Scope)}.")
    return sorted({Scope(one) for one in wanted})


def _decider(tenant: Tenant, name: str | None) -> User:
    reviewers = tenant.memberships.filter(
        user__is_active=True, role__in=[Role.ADMIN, Role.REVIEWER]
    ).select_related("user")
    if name is None:
        # "admin" sorts before "reviewer".
        chosen = reviewers.order_by("role", "pk").first()
    else:
        chosen = reviewers.filter(user__in=User.objects.known_as(name)).first()
    if chosen is None:
        who = name or "anyone"
        raise CommandError(
            f"A token that decides acts for a reviewer, and {who} is not one in {tenant.slug}."
        )
    return chosen.user
