"""Keeping what the API refused for want of a right: one row an hour for each way of asking.

A machine that asks in vain all day leaves a row an hour, however fast it asks.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from m25console.access import Denied
from m25console.denied import AccessDenial
from m25console.models import Tenant

KEPT_FOR: Final = timedelta(days=30)
AT_ONCE: Final = 50_000  # rows of one run
SHOWN: Final = 50
_COUNT: Final = """
INSERT INTO access_denials
    (tenant_id, hour, actor_label, permission, method, route, times, last_at)
VALUES (%s, %s, %s, %s, %s, %s, 1, %s)
ON CONFLICT ON CONSTRAINT access_denial_once_an_hour
DO UPDATE SET times = access_denials.times + 1, last_at = EXCLUDED.last_at
"""


def keep(request: HttpRequest, denied: Denied) -> None:
    """Count a refusal of the API: whose, of which permission, asked for where."""
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    [missing] = denied.decision.denied_permissions
    route = request.resolver_match.route if request.resolver_match else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [
                denied.actor.tenant.pk, hour, denied.actor.label[:254], missing[:64],
                (request.method or "")[:8], str(route)[:200], now,
            ],
        )  # fmt: skip


def newest(tenant: Tenant) -> list[AccessDenial]:
    """What was refused last in a tenant."""
    return list(AccessDenial.objects.filter(tenant=tenant).order_by("-last_at", "-pk")[:SHOWN])


def forget(now: datetime) -> Mapping[str, Any]:
    """Delete what is older than thirty days."""
    old = AccessDenial.objects.filter(hour__lt=now - KEPT_FOR).order_by("hour")
    keys = list(old.values_list("pk", flat=True)[:AT_ONCE])
    return {"denials": AccessDenial.objects.filter(pk__in=keys).delete()[0]}
