"""The page on which people say who decides while they are away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loops.models import Delegation
from m25console.access import Actor
from m25console.models import Tenant
from m25console.vocabulary import Role
from tests import factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/settings/delegations"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def robin(tenant: Tenant) -> Actor:
    return factories.make_actor(tenant, user=factories.make_user(username="robin"))


@pytest.fixture
def vera(tenant: Tenant) -> Actor:
    person = factories.make_user(username="vera")
    return factories.make_actor(tenant, role=Role.VIEWER, user=person)


def sent(**more: str) -> dict[str, str]:
    def local(hours: int) -> str:
        moment = timezone.localtime(timezone.now() + timedelta(hours=hours))
        return moment.strftime("%Y-%m-%dT%H:%M")

    return {"to": "vera", "starts_at": local(-1), "ends_at": local(24), "reason": "Leave."} | more


def test_a_place_is_lent_and_taken_back_on_the_page(robin, vera):
    browser = signed_in(robin)
    assert "Nobody stands in for anybody" in browser.get(PAGE).text

    assert browser.post(PAGE, sent())["Location"] == PAGE
    assert "decides in your place from" in browser.get(PAGE).text
    assert "In force" in browser.get(PAGE).text
    browser.post(f"{PAGE}/{Delegation.objects.get().pk}/end")

    assert "Taken back" in browser.get(PAGE).text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"to": "robin"}, "Select a valid choice"),
        ({"ends_at": "2020-01-01T00:00"}, "It must end after it begins"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(wrong, told, robin, vera):
    answer = signed_in(robin).post(PAGE, sent(**wrong))
    assert answer.status_code == 422
    assert told in answer.text
    assert not Delegation.objects.exists()


def test_the_same_agreement_twice_is_told_as_such(robin, vera):
    browser = signed_in(robin)
    browser.post(PAGE, sent())
    assert "stands in for you during part of that time already" in browser.post(PAGE, sent()).text


def test_each_sees_what_concerns_them_and_an_admin_sees_all(tenant, robin, vera):
    factories.make_delegation(robin, to=vera, reason="at sea")
    other = factories.make_actor(tenant)
    admin = factories.make_actor(tenant, role=Role.ADMIN)

    assert "at sea" in signed_in(vera).get(PAGE).text
    assert "at sea" not in signed_in(other).get(PAGE).text
    assert "Take back" in signed_in(admin).get(PAGE).text


def test_a_viewer_has_no_place_to_lend(robin, vera):
    browser = signed_in(vera)
    assert "reviewers can decide" in browser.get(PAGE).text
    assert browser.post(PAGE, sent(to="robin")).status_code == 403
