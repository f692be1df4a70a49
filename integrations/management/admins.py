"""In whose name a command acts."""

from django.core.management.base import CommandError

from m25console.access import Actor, as_they_may_now
from m25console.management.named import tenant_named
from m25console.models import User
from m25console.vocabulary import Door


def admin_named(name: str, slug: str) -> Actor:
    """The person with this sign-in name, with what they may do in the tenant by now.

    Raises CommandError for an unknown tenant or person.
    """
    tenant = tenant_named(slug)
    person = User.objects.known_as(name).first()
    if person is None:
        raise CommandError(f"Nobody signs in as {name}.")
    return as_they_may_now(
        person, tenant=tenant, door=Door.SYSTEM, label=f"{person} (command line)"
    )
