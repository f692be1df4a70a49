from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Integration
from m25console.access import Actor
from m25console.vocabulary import Role, Scope
from tests.factories import make_actor
from tests.integrations.building import an_integration
from tests.machines import machine_of

pytestmark = pytest.mark.django_db


def test_a_program_sets_what_holds_for_all_limits(admin: Actor):
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    assert machine.get("/enforcement/settings").json()["fail_mode"] == "open"
    wanted = {"fail_mode": "closed", "warn_at": [90, 50]}
    assert machine.ask("PUT", "/enforcement/settings", wanted).status_code == 200
    told = machine.get("/enforcement/settings").json()
    assert (told["fail_mode"], told["warn_at"]) == ("closed", [50, 90])
    wrong = machine.ask("PUT", "/enforcement/settings", wanted | {"warn_at": [0]})
    assert wrong.status_code == 422


def test_a_program_raises_limits_for_a_while_and_ends_that(admin: Actor):
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    row = an_integration(admin)
    Integration.objects.filter(pk=row.pk).update(budget_limit_cents=100, enforces=True)
    limits = f"/integrations/{row.pk}/limits"
    until = (timezone.now() + timedelta(days=2)).isoformat()
    wanted = {"budget_limit_cents": 200, "until": until, "reason": "A launch."}
    assert machine.ask("PUT", f"{limits}/raise", wanted).json()["budget_limit_cents"] == 200
    lower = machine.ask("PUT", f"{limits}/raise", wanted | {"budget_limit_cents": 50})
    assert lower.status_code == 422
    assert machine.ask("DELETE", f"{limits}/raise").status_code == 204
    assert machine.ask("DELETE", f"{limits}/raise").status_code == 409


def test_a_program_lets_limits_observe_and_stop(admin: Actor):
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    row = an_integration(admin)
    Integration.objects.filter(pk=row.pk).update(budget_limit_cents=100, enforces=True)
    limits = f"/integrations/{row.pk}/limits"
    viewer = make_actor(role=Role.VIEWER, tenant=admin.tenant)
    looking = machine_of(admin.tenant, scopes=Scope, decides_for=viewer.user)
    assert looking.ask("POST", f"{limits}/observe").status_code == 403
    assert machine.ask("POST", f"{limits}/observe").json()["enforces"] is False
    assert machine.ask("POST", f"{limits}/observe").status_code == 409
    told = machine.ask("POST", f"{limits}/enforce").json()
    assert told == {"integration_id": row.pk, "enforces": True}
