"""Attempts of a scope, on real connections: without its lock this fails."""

import pytest
from django.utils import timezone

from loops.actions import scopes
from loops.actions.scope_checks import ScopeOver
from loops.engine import ledger
from loops.models import RecoveryExecution
from tests import carrying, factories
from tests.loops.engine.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_ten_at_once_use_three_attempts():
    carrying.stock_catalogue()
    tenant = factories.make_tenant()
    incident = factories.run_loop(tenant).incident
    scope = carrying.make_scope(incident, max_attempts=3)
    person = factories.make_actor(tenant)

    def execute(_number: int) -> bool:
        try:
            scopes.execute(
                scope_id=scope.pk,
                incident_id=incident.pk,
                action_code="retry_exponential",
                by=person,
                now=timezone.now(),
            )
        except ScopeOver:
            return False
        return True

    assert at_once(execute, times=10).count(True) == 3
    assert RecoveryExecution.objects.filter(scope=scope).count() == 3
    assert list(ledger.violations()) == []
