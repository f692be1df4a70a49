"""Finding what a command's arguments name."""

from django.core.management.base import CommandError

from m25console.models import Tenant


def tenant_named(slug: str) -> Tenant:
    """The tenant with this slug. Raises CommandError that says how to make one."""
    try:
        return Tenant.objects.get(slug=slug)
    except Tenant.DoesNotExist:
        raise CommandError(
            f"There is no tenant {slug}. Create it with: manage.py create_tenant {slug}"
        ) from None
