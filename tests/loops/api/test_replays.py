import pytest

from loops.models import PolicyRule
from m25console.models import Tenant
from tests import factories
from tests.machines import Machine

pytestmark = pytest.mark.django_db


def test_a_replay_tells_what_the_page_tells(machine: Machine, tenant: Tenant) -> None:
    record = factories.prevent(tenant, error_type="tool")
    factories.ask(tenant, error_type="other")

    told = machine.get(f"/policies/{record.policy_id}/replay", days=7).json()

    assert (told["days"], told["asked"], told["acted"]) == (7, 2, 1)
    assert told["verdict"] == "stops 0 of 0 others, blocks 0 of 0 good requests"
    assert told["unknown_blocked"]["count"] == 1
    assert told["unknown_blocked"]["newest"][0]["id"] == record.evaluation_id
    assert told["taught"]["newest"][0]["id"] == record.original_incident_id
    assert (told["expected_rate"], told["left_out"]) == (0.5, [])


def test_a_window_nobody_offers_is_refused(machine: Machine, tenant: Tenant) -> None:
    rule: PolicyRule = factories.make_rule(tenant)
    assert machine.get(f"/policies/{rule.pk}/replay", days=8).status_code == 422
    assert machine.get(f"/policies/{rule.pk}/replay").json()["days"] == 30
