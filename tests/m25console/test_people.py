import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from m25console import people
from m25console.access import system_actor
from m25console.models import AuditEntry, Membership, Tenant, User
from m25console.refusals import InvalidInput, NotFound, NotPermitted, Refusal, WrongState
from m25console.vocabulary import Role
from tests.m25console.builders import NOW, PASSWORD, a_member, a_person, a_tenant

pytestmark = pytest.mark.django_db


def test_names_differ_by_more_than_case() -> None:
    a_person("rita@acme.example")

    with pytest.raises(IntegrityError), transaction.atomic():
        a_person("Rita@ACME.example")
    with pytest.raises(IntegrityError, match="user_name_is_lower_case"):
        User.objects.filter(username="rita@acme.example").update(username="Rita")


def test_nobody_can_take_anothers_email_as_a_name() -> None:
    User.objects.create_user("rita", email="rita@acme.example")

    with pytest.raises(IntegrityError, match="user_email_is_unique"):
        a_person("rita@acme.example")


def test_a_name_with_an_at_is_the_persons_own_email() -> None:
    with pytest.raises(IntegrityError, match="user_name_with_at_is_own_email"):
        User.objects.create_user("rita@acme.example", email="bob@acme.example")


def test_a_tenants_slug_is_plain_and_taken_once() -> None:
    people.create_tenant(slug="acme", name="Acme", now=NOW)

    with pytest.raises(WrongState):
        people.create_tenant(slug="acme", name="Acme", now=NOW)
    with pytest.raises(InvalidInput):
        people.create_tenant(slug="Not Plain", name="Acme", now=NOW)
    with pytest.raises(IntegrityError, match="tenant_slug_is_plain"):
        Tenant.objects.create(slug="Not Plain", name="x")


def test_an_admin_adds_a_person_who_can_then_sign_in_with_the_password_told() -> None:
    admin = a_member(a_tenant(), role=Role.ADMIN)

    person, password = people.create_person(
        username="new@acme.example", password=None, role=Role.VIEWER, by=admin, now=NOW
    )

    assert person.check_password(password)
    assert person.memberships.get().role == Role.VIEWER
    assert password not in str(list(AuditEntry.objects.values()))


def test_a_weak_password_is_refused_and_nobody_is_created() -> None:
    admin = a_member(a_tenant(), role=Role.ADMIN)

    with pytest.raises(InvalidInput):
        people.create_person(
            username="new", password="password", role=Role.VIEWER, by=admin, now=NOW
        )
    assert not User.objects.filter(username="new").exists()


def test_a_reviewer_cannot_change_members() -> None:
    tenant = a_tenant()
    reviewer = a_member(tenant)
    membership = Membership.objects.get(user=reviewer.user)

    with pytest.raises(NotPermitted):
        people.change_role(membership_id=membership.pk, role=Role.ADMIN, by=reviewer, now=NOW)
    membership.refresh_from_db()
    assert membership.role == Role.REVIEWER


def test_the_last_admin_stays() -> None:
    admin = a_member(a_tenant(), role=Role.ADMIN)
    own = Membership.objects.get(user=admin.user)

    with pytest.raises(WrongState):
        people.remove_member(membership_id=own.pk, by=admin, now=NOW)
    with pytest.raises(WrongState):
        people.change_role(membership_id=own.pk, role=Role.VIEWER, by=admin, now=NOW)
    own.refresh_from_db()
    assert own.role == Role.ADMIN


def test_a_change_of_role_keeps_before_and_after() -> None:
    tenant = a_tenant()
    admin = a_member(tenant, role=Role.ADMIN, username="ada")
    a_member(tenant, role=Role.VIEWER)
    membership = Membership.objects.get(user__username="rita")

    people.change_role(membership_id=membership.pk, role=Role.REVIEWER, by=admin, now=NOW)

    entry = AuditEntry.objects.get(action="member.role_changed")
    assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "reviewer"})


def test_another_tenants_member_does_not_exist() -> None:
    a_member(a_tenant("globex"), username="bob")
    admin = a_member(a_tenant("acme"), role=Role.ADMIN)
    foreign = Membership.objects.get(user__username="bob")

    with pytest.raises(NotFound):
        people.remove_member(membership_id=foreign.pk, by=admin, now=NOW)
    assert Membership.objects.filter(pk=foreign.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_admins_removing_each_other_leave_one() -> None:
    tenant = a_tenant()
    admins = [a_member(tenant, role=Role.ADMIN, username=name) for name in ("ada", "bea")]
    theirs = {admin.label: Membership.objects.get(user=admin.user) for admin in admins}
    ready = threading.Barrier(2)

    def remove(by: int, whom: str) -> None:
        try:
            ready.wait(timeout=20)
            people.remove_member(membership_id=theirs[whom].pk, by=admins[by], now=NOW)
        except Refusal:
            return
        finally:
            connection.close()

    racers = [
        threading.Thread(target=remove, args=(0, "bea")),
        threading.Thread(target=remove, args=(1, "ada")),
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)

    assert tenant.memberships.filter(role=Role.ADMIN).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_many_times_at_once_makes_one_person_and_one_member() -> None:
    system = system_actor(a_tenant())
    known = a_person("known")
    ready = threading.Barrier(8)

    def add(number: int) -> bool:
        try:
            ready.wait(timeout=20)
            if number % 2:
                people.add_member(username=known.username, role=Role.VIEWER, by=system, now=NOW)
            else:
                people.create_person(
                    username="new@acme.example",
                    password=None,
                    role=Role.VIEWER,
                    by=system,
                    now=NOW,
                )
        except (InvalidInput, WrongState):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(add, range(8))).count(True) == 2
    assert system.tenant.memberships.count() == 2


def test_only_staff_enter_a_tenant() -> None:
    with pytest.raises(NotPermitted):
        people.enter_tenant(tenant=a_tenant(), staff=a_person(), now=NOW)
    assert not AuditEntry.objects.exists()


def test_passwords_are_stored_hashed() -> None:
    assert PASSWORD not in a_person().password
