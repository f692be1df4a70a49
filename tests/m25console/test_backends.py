import pytest
from pytest_django import DjangoAssertNumQueries

from m25console.backends import MembersBackend
from m25console.models import Membership, User
from tests.factories import make_tenant, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> User:
    person = make_user()
    for name in ("Beta", "Alpha"):
        Membership.objects.create(user=person, tenant=make_tenant(name=name))
    return person


def test_a_person_comes_with_their_memberships(
    member: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = MembersBackend().get_user(member.pk)
        assert found == member
        assert found.known_memberships is not None
        assert [one.tenant.name for one in found.known_memberships] == ["Alpha", "Beta"]


def test_a_member_of_no_active_tenant_is_found_too(member: User) -> None:
    for membership in member.memberships.all():
        membership.tenant.is_active = False
        membership.tenant.save()

    found = MembersBackend().get_user(member.pk)

    assert found == member
    assert found is not None
    assert found.known_memberships is None


def test_a_deactivated_person_is_nobody(member: User) -> None:
    member.is_active = False
    member.save()

    assert MembersBackend().get_user(member.pk) is None
