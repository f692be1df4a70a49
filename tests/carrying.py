"""Recoveries that are carried out: an endpoint for the tenant, and one that is applied."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils import timezone

from loops.actions import endpoints as endpoint_actions
from loops.actions import scopes
from loops.engine import executing, resuming
from loops.models import (
    BoundScope,
    Incident,
    RecoveryCandidate,
    RecoveryExecution,
    SuggestionAction,
)
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import endpoints, factories
from tests.endpoints import Endpoint


def stock_catalogue() -> None:
    """The actions that come with the console, which a test that commits has emptied."""
    if not SuggestionAction.objects.exists():
        import_module("loops.migrations.0003_recovery_actions").seed(apps, None)


@contextmanager
def endpoint_of(tenant: Tenant, settings: Any) -> Iterator[Endpoint]:
    """A running endpoint that the tenant has set up and the operator allows."""
    with endpoints.running() as running:
        settings.OUTBOUND_ALLOW = frozenset({running.host})
        admin = factories.make_actor(tenant, role=Role.ADMIN)
        endpoint_actions.set_up(url=running.url, is_enabled=True, by=admin, now=timezone.now())
        yield running


def applied(tenant: Tenant, **document: Any) -> RecoveryCandidate:
    """A recovery that a reviewer has just applied."""
    trace = factories.run_loop(tenant, **document)
    resuming.resolve(
        checkpoint_id=factories.checkpoint_of(trace).pk,
        resolution="apply",
        note="",
        by=factories.make_actor(tenant),
        now=timezone.now(),
    )
    return RecoveryCandidate.objects.get(trace=trace)


def execution_of(recovery: RecoveryCandidate) -> RecoveryExecution:
    return RecoveryExecution.objects.of_loop().get(recovery=recovery)


def carry_out_what_is_due() -> int:
    """Give out and try, as relay and worker do; how many tries were made."""
    return sum(executing.execute(call) for call in executing.ERRANDS.give_out(now=timezone.now()))


def make_scope(incident: Incident, **fields: Any) -> BoundScope:
    stock_catalogue()
    defaults = {"allowed_action": "retry_exponential", "by": factories.make_actor(incident.tenant)}
    return scopes.create(incident_id=incident.pk, now=timezone.now(), **defaults | fields)
