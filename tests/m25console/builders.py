"""Makes people, tenants and tokens for tests, each with only what the test names."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.test import Client

from m25console import tokens
from m25console.access import Actor, system_actor
from m25console.models import ApiToken, Membership, Tenant, User
from m25console.vocabulary import Door, Role, Scope

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def a_tenant(slug: str = "acme") -> Tenant:
    return Tenant.objects.create(slug=slug, name=slug.capitalize())


def a_person(username: str = "rita", *, is_staff: bool = False) -> User:
    return User.objects.create_user(
        username, password=PASSWORD, is_staff=is_staff, is_superuser=is_staff
    )


def a_member(
    tenant: Tenant, *, role: Role = Role.REVIEWER, username: str = "rita", is_staff: bool = False
) -> Actor:
    """A person with `role` in the tenant, as they act through the web."""
    person = a_person(username, is_staff=is_staff)
    Membership.objects.create(user=person, tenant=tenant, role=role)
    return Actor(tenant=tenant, user=person, role=role, door=Door.WEB, label=username)


def a_token(
    tenant: Tenant, *, scopes: Iterable[Scope] = (Scope.READ,), decides_for: User | None = None
) -> tuple[ApiToken, str]:
    return tokens.issue(
        name="a machine",
        scopes=list(scopes),
        by=system_actor(tenant),
        decides_for=decides_for,
        now=NOW,
    )


def signed_in(actor: Actor) -> Client:
    """A browser in which this person has signed in."""
    assert actor.user is not None
    client = Client()
    client.force_login(actor.user)
    return client
