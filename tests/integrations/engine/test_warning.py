from datetime import timedelta

import pytest

from integrations.actions import limits
from integrations.domain.enforcement import Limits
from integrations.domain.states import FailMode
from integrations.engine.warning import warn
from integrations.models import LimitWarning
from loops.models import Incident
from m25console.access import Actor
from m25console.models import AuditEntry
from tests.integrations.actions.test_limits import raised
from tests.integrations.building import NOW, an_integration, used

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, int]]:
    return list(
        LimitWarning.objects.order_by("limit_type", "percent").values_list("limit_type", "percent")
    )


def test_each_threshold_is_told_once_a_month_and_a_breach_reaches_the_loop(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=100, token_limit_month=1000)
    used(row, cost_cents=85)
    assert warn(NOW) == {"told": 2}
    assert told() == [("budget", 50), ("budget", 80)]
    assert warn(NOW) == {"told": 0}
    assert not Incident.objects.exists()
    used(row, cost_cents=15, tokens_in=500)
    warn(NOW)
    warn(NOW)
    assert told() == [
        ("budget", 50),
        ("budget", 80),
        ("budget", 95),
        ("budget", 100),
        ("tokens", 50),
    ]
    assert AuditEntry.objects.filter(action="integration.limit_reached").count() == 5
    incident = Incident.objects.get()
    assert (incident.error_type, incident.error_code) == ("budget_breach", "budget_exceeded")
    next_month = NOW + timedelta(days=31)
    assert warn(next_month) == {"told": 0}
    used(row, cost_cents=50, now=next_month)
    assert warn(next_month) == {"told": 1}


def test_a_tenants_own_thresholds_and_raises_count(admin: Actor):
    limits.set_up(fail_mode=FailMode.OPEN, warn_at=[90], by=admin, now=NOW)
    row = an_integration(admin, is_enabled=True, budget_limit_cents=100)
    raised(row, admin, to=Limits(budget_cents=200))
    used(row, cost_cents=100)
    assert warn(NOW) == {"told": 0}
    used(row, cost_cents=80)
    warn(NOW)
    assert told() == [("budget", 90)]
