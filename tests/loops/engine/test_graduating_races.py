"""Evaluators at the same moment, on real connections."""

import pytest
from django.utils import timezone

from loops.engine import graduating, ledger
from loops.models import CapabilityLockout, GraduationHistory, GraduationStatus
from m25console.models import AuditEntry
from tests import factories
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_evaluators_at_once_take_turns():
    tenant = factories.make_tenant()
    factories.prevent(tenant)
    now = timezone.now()

    levels = at_once(lambda _: graduating.evaluate(tenant, now=now).level, times=4)

    assert set(levels) == {"beta"}
    assert GraduationHistory.objects.filter(tenant=tenant).count() == 4
    assert GraduationStatus.objects.get(tenant=tenant).level == "beta"
    assert CapabilityLockout.objects.filter(tenant=tenant).count() == 3
    assert AuditEntry.objects.filter(action="graduation.level").count() == 1
    assert list(ledger.violations()) == []
