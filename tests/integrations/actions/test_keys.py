import pytest

from integrations.actions import integrations, keys
from m25console.access import Actor
from m25console.refusals import NotFound, NotPermitted, NotSignedIn, WrongState
from m25console.vocabulary import Role
from tests.factories import make_actor
from tests.integrations.building import NOW, an_integration

pytestmark = pytest.mark.django_db


def test_a_key_stands_for_its_integration_and_its_secret_is_kept_as_a_hash(admin: Actor):
    row = an_integration(admin)
    key, text = keys.issue(integration_id=row.pk, by=admin, now=NOW)
    bearer = keys.bearer_of(text, now=NOW)
    assert (bearer.tenant, bearer.integration_id) == (admin.tenant, row.pk)
    assert text.rpartition(":")[2].encode() not in bytes(key.secret_hash)


def test_int_44_whatever_is_wrong_with_a_key_it_is_not_known(admin: Actor, other_admin: Actor):
    row, foreign = an_integration(admin), an_integration(other_admin)
    key, text = keys.issue(integration_id=row.pk, by=admin, now=NOW)
    secret = text.rpartition(":")[2]
    for wrong in (
        "",
        "x",
        f"{admin.tenant.pk}:{row.pk}",
        f"{admin.tenant.pk}:{row.pk}:",
        f"{admin.tenant.pk}:{row.pk}:wrong",
        f"{other_admin.tenant.pk}:{foreign.pk}:{secret}",
        f"{admin.tenant.pk}:{foreign.pk}:{secret}",
        text + "é",
    ):
        with pytest.raises(NotSignedIn):
            keys.bearer_of(wrong, now=NOW)
    keys.revoke(key_id=key.pk, by=admin, now=NOW)
    with pytest.raises(NotSignedIn):
        keys.bearer_of(text, now=NOW)


def test_the_keys_of_a_deleted_integration_stop_working(admin: Actor):
    row = an_integration(admin)
    _, text = keys.issue(integration_id=row.pk, by=admin, now=NOW)
    integrations.delete(integration_id=row.pk, by=admin, now=NOW)
    with pytest.raises(NotSignedIn):
        keys.bearer_of(text, now=NOW)


def test_who_may_make_and_end_keys(admin: Actor, other_admin: Actor):
    row = an_integration(admin)
    key, _ = keys.issue(integration_id=row.pk, by=admin, now=NOW)
    with pytest.raises(NotPermitted):
        keys.issue(integration_id=row.pk, by=make_actor(admin.tenant, role=Role.REVIEWER), now=NOW)
    with pytest.raises(NotFound):
        keys.revoke(key_id=key.pk, by=other_admin, now=NOW)
    keys.revoke(key_id=key.pk, by=admin, now=NOW)
    with pytest.raises(WrongState):
        keys.revoke(key_id=key.pk, by=admin, now=NOW)
