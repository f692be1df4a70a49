import json
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.domain import health
from integrations.domain.states import HealthState
from integrations.engine.checking import look_at
from integrations.models import Integration

PAUSE_SECONDS: Final = 0.5  # between two looks, so that no provider sees a burst
STALE_AFTER: Final = timedelta(minutes=5)


class Command(BaseCommand):
    help = (
        "Asks the providers of integrations how they are, from this process; exit code 1 if one "
        "is failing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="of one tenant only")
        parser.add_argument("--integration", metavar="ID", help="this one, whether enabled or not")
        parser.add_argument(
            "--stale", action="store_true", help="only those not asked for five minutes"
        )
        parser.add_argument("--force", action="store_true", help="ask again within a minute too")
        parser.add_argument("--summary", action="store_true", help="ask nobody; tell what is known")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = list(_chosen(options).select_related("tenant").order_by("tenant__slug", "name"))
        if options["integration"] and not rows:
            raise CommandError(f"There is no integration {options['integration']}.")
        told = []
        for number, row in enumerate(rows):
            if number and not options["summary"]:
                time.sleep(PAUSE_SECONDS)
            told.append(_known(row) if options["summary"] else _asked(row, options))
            if not options["json"]:
                self.stdout.write(_line(told[-1]))
        summed = _summary(told)
        as_json = json.dumps({**summed, "integrations": told}, indent=2)
        self.stdout.write(as_json if options["json"] else _sentence(summed))
        if summed["overall_health"] == HealthState.FAILING:
            sys.exit(1)


def _chosen(options: dict[str, Any]) -> QuerySet[Integration]:
    rows = Integration.objects.filter(deleted_at__isnull=True)
    if options["tenant"]:
        rows = rows.filter(tenant__slug=options["tenant"])
    if options["integration"]:
        return rows.filter(pk=options["integration"])
    if not options["summary"]:
        rows = rows.enabled()
    if options["stale"]:
        rows = rows.filter(_is_stale())
    return rows


def _is_stale() -> Q:
    return Q(health_checked_at=None) | Q(health_checked_at__lt=timezone.now() - STALE_AFTER)


def _asked(row: Integration, options: dict[str, Any]) -> dict[str, Any]:
    forced = options["force"] or options["stale"]
    found = look_at(row, by=None, now=timezone.now(), forced=forced)
    return _named(row) | {
        "health_state": found.state.value,
        "message": found.message,
        "error": found.error,
        "latency_ms": found.latency_ms,
        "cached": found.is_cached,
        "checked_at": found.checked_at.isoformat() if found.checked_at else None,
    }


def _known(row: Integration) -> dict[str, Any]:
    at = row.health_checked_at
    return _named(row) | {
        "health_state": row.health_state,
        "message": row.health_message,
        "stale": at is None or timezone.now() - at > STALE_AFTER,
        "checked_at": at.isoformat() if at else None,
    }


def _named(row: Integration) -> dict[str, Any]:
    return {"tenant": row.tenant.slug, "integration_id": row.pk, "name": row.name}


def _summary(told: list[dict[str, Any]]) -> dict[str, Any]:
    states = [HealthState(one["health_state"]) for one in told]
    counts = Counter(states)
    return {
        "overall_health": health.overall(states).value,
        "total": len(told),
        **{state.value: counts[state] for state in HealthState},
        "stale_count": sum(bool(one.get("stale")) for one in told),
    }


def _line(one: dict[str, Any]) -> str:
    name = f"{one['tenant']}: {one['name']} ({one['integration_id']})"
    return f"{name}: {one['health_state']}. {one['message']}".rstrip()


def _sentence(summed: dict[str, Any]) -> str:
    counts = ", ".join(f"{summed[state]} {state.value}" for state in HealthState if summed[state])
    return f"Together {summed['overall_health']}: {counts or 'no integration'}."
