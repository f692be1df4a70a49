from datetime import timedelta

import pytest

from integrations.actions import limits
from integrations.actions.limits import WantedRaise
from integrations.domain.enforcement import Limits
from integrations.domain.states import Enforcement, FailMode
from integrations.models import EnforcementConfig, LimitRaise
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.actions.test_enforcement import asked
from tests.integrations.building import NOW, an_integration, used

pytestmark = pytest.mark.django_db
WEEK = NOW + timedelta(days=7)


def raised(row, by: Actor, *, to: Limits, until=WEEK, reason: str = "The launch.") -> LimitRaise:
    wanted = WantedRaise(to, until, reason)
    return limits.raise_limits(integration_id=row.pk, wanted=wanted, by=by, now=NOW)


def test_what_a_tenant_chooses_is_kept_and_put_on_record(admin: Actor):
    limits.set_up(fail_mode=FailMode.CLOSED, warn_at=[90, 60], by=admin, now=NOW)
    kept = EnforcementConfig.objects.get()
    assert (kept.fail_mode, kept.warn_at) == (FailMode.CLOSED, [60, 90])
    entry = AuditEntry.objects.get(action="limits.set_up")
    assert (entry.before["fail_mode"], entry.after["fail_mode"]) == ("open", "closed")
    with pytest.raises(InvalidInput):
        limits.set_up(fail_mode=FailMode.OPEN, warn_at=[101], by=admin, now=NOW)
    viewer = make_actor(admin.tenant, role=Role.VIEWER)
    with pytest.raises(NotPermitted):
        limits.set_up(fail_mode=FailMode.OPEN, warn_at=[50], by=viewer, now=NOW)


def test_limits_that_observed_stop_calls_once_they_enforce(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=10, enforces=False)
    used(row, cost_cents=10)
    assert asked(row).decision.result is Enforcement.WARNED
    limits.enforce(integration_id=row.pk, by=admin, now=NOW)
    assert asked(row).decision.result is Enforcement.BLOCKED
    with pytest.raises(WrongState):
        limits.enforce(integration_id=row.pk, by=admin, now=NOW)
    limits.observe(integration_id=row.pk, by=admin, now=NOW)
    assert asked(row).decision.result is Enforcement.WARNED


def test_a_raise_holds_until_its_moment_and_names_who_approved_it(admin: Actor):
    row = an_integration(admin, is_enabled=True, budget_limit_cents=10)
    used(row, cost_cents=10)
    raised(row, admin, to=Limits(budget_cents=100))
    row.refresh_from_db()
    assert asked(row).decision.result is Enforcement.ALLOWED
    assert asked(row, now=WEEK).decision.result is Enforcement.BLOCKED
    entry = AuditEntry.objects.get(action="integration.limits_raised")
    assert (entry.actor, entry.note) == (admin.user, "The launch.")
    limits.end_raise(integration_id=row.pk, by=admin, now=NOW)
    assert asked(row).decision.result is Enforcement.BLOCKED


@pytest.mark.parametrize(
    ("to", "until", "reason", "field"),
    [
        (Limits(budget_cents=10), WEEK, "why", "limits"),
        (Limits(tokens=10), WEEK, "why", "limits"),
        (Limits(budget_cents=11), NOW, "why", "until"),
        (Limits(budget_cents=11), NOW + timedelta(days=93), "why", "until"),
        (Limits(budget_cents=11), WEEK, " ", "reason"),
    ],
)
def test_a_raise_raises_for_a_while_and_says_why(admin: Actor, to, until, reason, field):
    row = an_integration(admin, budget_limit_cents=10)
    with pytest.raises(InvalidInput) as refused:
        raised(row, admin, to=to, until=until, reason=reason)
    assert set(refused.value.fields) == {field}
