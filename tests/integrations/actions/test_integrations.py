import pytest

from integrations.actions import integrations
from integrations.actions.addresses import ForbiddenUrl
from integrations.domain.states import HealthState, IntegrationStatus, Provider
from integrations.engine import keeping
from integrations.models import Integration
from m25console.access import Actor
from m25console.models import AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import NOW, an_integration, in_status, used, wanted

pytestmark = pytest.mark.django_db


def test_int_01_a_new_integration_is_not_enabled_and_its_health_not_known(admin: Actor):
    row = an_integration(admin)
    assert (row.status, row.health_state) == (IntegrationStatus.CREATED, HealthState.UNKNOWN)
    assert (row.budget_limit_cents, row.token_limit_month, row.rate_limit_rpm) == (0, 0, 0)
    assert AuditEntry.objects.get(object_id=row.pk).action == "integration.created"


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"budget_limit_cents": -1}, "budget_limit_cents"),
        ({"credential_ref": "sk-abc123"}, "credential_ref"),
        ({"config": {"api_key": "x"}}, "api_key"),
        ({"config": {"_deleted": "x"}}, "_deleted"),
        ({"provider": Provider.CUSTOM}, "base_url"),
    ],
)
def test_int_08_what_is_wrong_is_told_by_field_and_nothing_is_stored(admin: Actor, rest, field):
    with pytest.raises(InvalidInput) as refused:
        an_integration(admin, **rest)
    assert field in refused.value.fields
    assert not Integration.objects.exists()


def test_int_09_a_name_is_one_integration_of_a_tenant(admin: Actor, other_admin: Actor):
    first = an_integration(admin, name="Prod")
    with pytest.raises(WrongState, match="Prod"):
        an_integration(admin, name="Prod")
    an_integration(other_admin, name="Prod")
    integrations.delete(integration_id=first.pk, by=admin, now=NOW)
    an_integration(admin, name="Prod")


def test_int_11_it_is_switched_on_and_off_and_mended_before_it_is_switched_on(admin: Actor):
    row = an_integration(admin)
    with pytest.raises(WrongState):
        integrations.disable(integration_id=row.pk, by=admin, now=NOW)
    integrations.enable(integration_id=row.pk, by=admin, now=NOW)
    with pytest.raises(WrongState, match="already"):
        integrations.enable(integration_id=row.pk, by=admin, now=NOW)
    integrations.disable(integration_id=row.pk, by=admin, now=NOW, reason=" Rotating the key. ")
    assert AuditEntry.objects.get(action="integration.disabled").note == "Rotating the key."
    with pytest.raises(WrongState):
        integrations.disable(integration_id=row.pk, by=admin, now=NOW)
    in_status(row, IntegrationStatus.ERROR)
    with pytest.raises(InvalidInput, match="Mend the error first"):
        integrations.enable(integration_id=row.pk, by=admin, now=NOW)


def test_one_that_fails_is_not_switched_on(admin: Actor):
    row = an_integration(admin)
    Integration.objects.update(health_state=HealthState.FAILING)
    with pytest.raises(InvalidInput, match="last check failed"):
        integrations.enable(integration_id=row.pk, by=admin, now=NOW)


def test_int_12_one_that_is_deleted_is_nowhere_and_what_it_used_stays(admin: Actor):
    row = an_integration(admin, is_enabled=True)
    used(row)
    integrations.delete(integration_id=row.pk, by=admin, now=NOW)
    assert not Integration.objects.for_tenant(admin.tenant).exists()
    row.refresh_from_db()
    assert (row.status, row.deleted_at) == (IntegrationStatus.DISABLED, NOW)
    with pytest.raises(NotFound):
        integrations.delete(integration_id=row.pk, by=admin, now=NOW)


def test_int_13_another_tenants_does_not_exist(admin: Actor, other_admin: Actor):
    row = an_integration(other_admin)
    for act in (integrations.enable, integrations.disable, integrations.delete):
        with pytest.raises(NotFound):
            act(integration_id=row.pk, by=admin, now=NOW)


def test_only_admins_manage(admin: Actor):
    reviewer = make_actor(admin.tenant, role=Role.REVIEWER)
    row = an_integration(admin)
    with pytest.raises(NotPermitted):
        integrations.create(wanted=wanted(reviewer), by=reviewer, now=NOW)
    for act in (integrations.enable, integrations.delete):
        with pytest.raises(NotPermitted):
            act(integration_id=row.pk, by=reviewer, now=NOW)


def test_another_key_or_address_makes_what_was_found_unknown(admin: Actor):
    row = an_integration(admin, is_enabled=True)
    Integration.objects.update(health_state=HealthState.HEALTHY, health_checked_at=NOW)
    same = {"name": "renamed", "credential_ref": row.credential_ref}
    integrations.change(integration_id=row.pk, wanted=wanted(admin, **same), by=admin, now=NOW)
    row.refresh_from_db()
    assert row.health_state == HealthState.HEALTHY
    other = f"cus-vault://{admin.tenant.pk}/cred_other"
    changed = wanted(admin, credential_ref=other)
    integrations.change(integration_id=row.pk, wanted=changed, by=admin, now=NOW)
    row.refresh_from_db()
    assert (row.health_state, row.next_check_at) == (HealthState.UNKNOWN, NOW)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://169.254.169.254/", id="int_28"),
        "https://10.0.0.5/v1",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://100.64.1.1/",
        "ftp://example.com/",
        "https://u:p@example.com/",
        "https://example.com:22/",
    ],
)
def test_int_28_60_an_address_that_may_not_be_called_is_refused_when_it_is_saved(admin: Actor, url):
    leading_there = wanted(admin, provider=Provider.CUSTOM, config={"base_url": url})
    with pytest.raises(ForbiddenUrl) as refused:
        keeping.connect(wanted=leading_there, secret="", by=admin, now=NOW)
    assert (refused.value.status_code, refused.value.code) == (400, "OUTBOUND_URL_FORBIDDEN")


def test_the_audit_tells_what_changed_and_masks_the_reference(admin: Actor):
    row = an_integration(admin, name="Prod")
    told = AuditEntry.objects.get(object_id=row.pk).after
    assert told["credential"] == "cus-vault://…/cred_none"
