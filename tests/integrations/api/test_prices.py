import pytest
from django.utils import timezone

from integrations.models import OwnPrice
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.vocabulary import Role, Scope
from tests.factories import make_actor
from tests.machines import machine_of

pytestmark = pytest.mark.django_db


def test_a_program_enters_lists_and_ends_a_price_in_the_name_of_an_admin(admin: Actor):
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    price = {
        "model": "Own-Model", "dollars_in": "0.00125", "dollars_out": 0.01,
        "valid_from": timezone.now().isoformat(), "reason": "Our contract.",
    }  # fmt: skip
    made = machine.ask("POST", "/prices", price)
    assert made.status_code == 201, made.content
    price_id = made.json()["id"]
    [listed] = machine.get("/prices").json()["items"]
    assert (listed["id"], listed["model"], listed["ended_at"]) == (price_id, "own-model", None)
    assert machine.ask("POST", f"/prices/{price_id}/end").json()["ended_at"]
    assert machine.ask("POST", f"/prices/{price_id}/end").status_code == 409
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert [one for one in actions if one.startswith("price.")] == ["price.entered", "price.ended"]


def test_only_an_admin_sets_prices_and_odd_ones_are_refused(admin: Actor):
    now = timezone.now().isoformat()
    price = {"model": "m", "dollars_in": 1, "dollars_out": 1, "valid_from": now, "reason": "Why."}
    viewer = make_actor(role=Role.VIEWER, tenant=admin.tenant)
    looking = machine_of(admin.tenant, scopes=Scope, decides_for=viewer.user)
    assert looking.ask("POST", "/prices", price).status_code == 403
    machine = machine_of(admin.tenant, scopes=Scope, decides_for=admin.user)
    for odd in ({"dollars_in": -1}, {"dollars_out": "NaN"}, {"valid_from": "2026-01-01T00:00"},
                {"model": "a\u0000"}, {"reason": " "}, {"colour": "x"}):  # fmt: skip
        assert machine.ask("POST", "/prices", price | odd).status_code == 422, odd
    assert not OwnPrice.objects.exists()
