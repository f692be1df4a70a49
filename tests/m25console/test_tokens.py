from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from m25console import tokens
from m25console.models import ApiToken, AuditEntry
from m25console.refusals import InvalidInput, NotFound, NotPermitted, NotSignedIn, WrongState
from m25console.rights import Permission
from m25console.vocabulary import Door, Role, Scope
from tests.m25console.builders import NOW, a_member, a_tenant, a_token

pytestmark = pytest.mark.django_db


def test_a_token_stands_for_its_tenant() -> None:
    tenant = a_tenant()
    _row, token = a_token(tenant)

    actor = tokens.authenticate(token, scope=Scope.READ, now=NOW)

    assert (actor.tenant, actor.user, actor.door) == (tenant, None, Door.API)
    assert actor.on(Permission.READ_RUNS).allowed
    assert not actor.can_review


def test_only_a_digest_of_the_token_is_stored() -> None:
    row, token = a_token(a_tenant())

    assert token.startswith(f"m25_{row.prefix}_")
    stored = " ".join(str(value) for value in ApiToken.objects.values_list().get())
    secret = token.removeprefix(f"m25_{row.prefix}_")
    assert secret not in stored
    assert secret not in str(list(AuditEntry.objects.values()))


def test_a_used_token_costs_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _row, token = a_token(a_tenant())
    tokens.authenticate(token, scope=Scope.READ, now=NOW)

    with django_assert_num_queries(1):
        tokens.authenticate(token, scope=Scope.READ, now=NOW + timedelta(seconds=59))


def test_use_is_recorded_once_a_minute() -> None:
    row, token = a_token(a_tenant())
    for seconds in (0, 30, 59, 61):
        tokens.authenticate(token, scope=Scope.READ, now=NOW + timedelta(seconds=seconds))

    row.refresh_from_db()
    assert row.last_used_at == NOW + timedelta(seconds=61)


@pytest.mark.parametrize("changed_at", [0, 4, 12, 20, -1])
def test_a_mistyped_token_is_refused_without_asking_the_database(changed_at: int) -> None:
    _row, token = a_token(a_tenant())
    letters = list(token)
    letters[changed_at] = "x" if letters[changed_at] != "x" else "y"

    with CaptureQueriesContext(connection) as queries, pytest.raises(NotSignedIn):
        tokens.authenticate("".join(letters), scope=Scope.READ, now=NOW)

    assert len(queries) == 0


@pytest.mark.parametrize("text", ["", "m25_", "Bearer", "m25_abcdefgh_" + "0" * 40, "é" * 53])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.authenticate(text, scope=Scope.READ, now=NOW)


def test_a_well_formed_token_that_nobody_issued_is_refused() -> None:
    row, token = a_token(a_tenant())
    row.delete()

    with pytest.raises(NotSignedIn):
        tokens.authenticate(token, scope=Scope.READ, now=NOW)


def test_the_right_prefix_with_another_secret_is_refused() -> None:
    tenant = a_tenant()
    row, token = a_token(tenant)
    other, _ = a_token(tenant)
    ApiToken.objects.filter(pk=row.pk).update(digest="0" * 64)

    with pytest.raises(NotSignedIn):
        tokens.authenticate(token, scope=Scope.READ, now=NOW)
    assert other.prefix != row.prefix


def test_a_token_ends_when_it_expires() -> None:
    row, token = a_token(a_tenant())
    ApiToken.objects.filter(pk=row.pk).update(expires_at=NOW)

    tokens.authenticate(token, scope=Scope.READ, now=NOW - timedelta(seconds=1))
    with pytest.raises(NotSignedIn, match="expired"):
        tokens.authenticate(token, scope=Scope.READ, now=NOW)


def test_a_revoked_token_is_refused_and_revoking_is_on_record() -> None:
    tenant = a_tenant()
    row, token = a_token(tenant)
    admin = a_member(tenant, role=Role.ADMIN)

    tokens.revoke(token_id=row.pk, by=admin, now=NOW)

    with pytest.raises(NotSignedIn, match="revoked"):
        tokens.authenticate(token, scope=Scope.READ, now=NOW)
    entry = AuditEntry.objects.get(action="token.revoked")
    assert (entry.actor, entry.object_id, entry.tenant) == (admin.user, row.pk, tenant)


def test_a_token_is_revoked_once() -> None:
    tenant = a_tenant()
    row, _token = a_token(tenant)
    admin = a_member(tenant, role=Role.ADMIN)
    tokens.revoke(token_id=row.pk, by=admin, now=NOW)

    with pytest.raises(WrongState):
        tokens.revoke(token_id=row.pk, by=admin, now=NOW)


def test_tokens_of_a_tenant_that_is_switched_off_are_refused() -> None:
    tenant = a_tenant()
    _row, token = a_token(tenant)
    tenant.is_active = False
    tenant.save()

    with pytest.raises(NotSignedIn):
        tokens.authenticate(token, scope=Scope.READ, now=NOW)


def test_a_token_without_the_scope_is_forbidden() -> None:
    _row, token = a_token(a_tenant(), scopes=[Scope.EVALUATE])

    with pytest.raises(NotPermitted, match="incidents:write"):
        tokens.authenticate(token, scope=Scope.INCIDENTS_WRITE, now=NOW)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMIN])
def test_a_token_that_decides_acts_for_its_person_in_their_role(role: Role) -> None:
    tenant = a_tenant()
    person = a_member(tenant, role=role)
    _row, token = a_token(tenant, scopes=[Scope.DECIDE], decides_for=person.user)

    actor = tokens.authenticate(token, scope=Scope.DECIDE, now=NOW)

    assert actor.user == person.user
    assert actor.can_review
    assert actor.can_administer is (role is Role.ADMIN)


@pytest.mark.parametrize("loss", ["membership", "role", "account"])
def test_a_token_stops_deciding_when_its_person_may_not(loss: str) -> None:
    tenant = a_tenant()
    person = a_member(tenant, role=Role.REVIEWER).user
    assert person is not None
    _row, token = a_token(tenant, scopes=[Scope.DECIDE], decides_for=person)
    if loss == "membership":
        person.memberships.all().delete()
    elif loss == "role":
        person.memberships.update(role=Role.VIEWER)
    else:
        person.is_active = False
        person.save()

    with pytest.raises(NotPermitted):
        tokens.authenticate(token, scope=Scope.DECIDE, now=NOW)
    if loss == "role":  # they may still be asked to stand in for somebody
        actor = tokens.authenticate(token, scope=Scope.DECIDE, now=NOW, for_any_member=True)
        assert (actor.user, actor.can_review) == (person, False)
        return
    with pytest.raises(NotPermitted):
        tokens.authenticate(token, scope=Scope.DECIDE, now=NOW, for_any_member=True)


def test_a_token_that_decides_needs_a_person() -> None:
    with pytest.raises(InvalidInput):
        a_token(a_tenant(), scopes=[Scope.DECIDE])


def test_the_database_refuses_a_deciding_token_without_a_person() -> None:
    with pytest.raises(IntegrityError, match="api_token_decides_for_someone"):
        ApiToken.objects.create(
            tenant=a_tenant(), name="x", prefix="abcdefgh", digest="0" * 64, scopes=["decide"]
        )


@pytest.mark.parametrize("scopes", [["everything"], []])
def test_the_database_knows_the_scopes(scopes: list[str]) -> None:
    with pytest.raises(IntegrityError, match="api_token_scopes_known"):
        ApiToken.objects.create(
            tenant=a_tenant(), name="x", prefix="abcdefgh", digest="0" * 64, scopes=scopes
        )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_admins_issue_tokens(role: Role) -> None:
    with pytest.raises(NotPermitted):
        tokens.issue(name="x", scopes=[Scope.READ], by=a_member(a_tenant(), role=role), now=NOW)


def test_another_tenants_token_does_not_exist() -> None:
    row, _token = a_token(a_tenant("globex"))
    admin = a_member(a_tenant("acme"), role=Role.ADMIN)

    with pytest.raises(NotFound):
        tokens.revoke(token_id=row.pk, by=admin, now=NOW)

    row.refresh_from_db()
    assert row.revoked_at is None
