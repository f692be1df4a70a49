from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.models import Incident
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.models import Tenant
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORDER = Order("created_at")


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


def arrive(tenant: Tenant, *names: str, at: datetime = NOW) -> None:
    Incident.objects.bulk_create(
        Incident(
            id=name, tenant=tenant, title=name, severity="low", error_type="timeout",
            body_hash="", started_at=at, created_at=at,
        )
        for name in names
    )  # fmt: skip


def read(tenant: Tenant, place: Place, *, size: int = 3) -> Page[Incident]:
    rows = Incident.objects.for_tenant(tenant)
    return keyset.page(rows, order=ORDER, place=place, size=size)


def names(page: Page[Incident]) -> str:
    return "".join(row.pk for row in page.rows)


def test_rows_of_one_moment_are_told_apart_by_their_id(tenant: Tenant) -> None:
    arrive(tenant, *"abcdefgh")

    first = read(tenant, Place())
    second = read(tenant, Place(older=first.older))
    third = read(tenant, Place(older=second.older))

    assert [names(page) for page in (first, second, third)] == ["hgf", "edc", "ba"]
    assert (first.newer, third.older) == ("", "")


def test_rows_that_arrive_between_pages_neither_lose_nor_double_any(tenant: Tenant) -> None:
    arrive(tenant, *"abcdef")
    first = read(tenant, Place())
    arrive(tenant, *"xyz", at=NOW + timedelta(seconds=1))

    second = read(tenant, Place(older=first.older))

    assert names(first) + names(second) == "fedcba"


def test_going_back_shows_what_was_before(tenant: Tenant) -> None:
    arrive(tenant, *"abcdefgh")
    second = read(tenant, Place(older=read(tenant, Place()).older))
    third = read(tenant, Place(older=second.older))

    back = read(tenant, Place(newer=third.newer))

    assert names(back) == names(second)


def test_going_back_to_the_beginning_fills_the_first_page(tenant: Tenant) -> None:
    arrive(tenant, *"abcdef")
    second = read(tenant, Place(older=read(tenant, Place()).older))
    Incident.objects.filter(pk__in=["f", "e"]).update(created_at=NOW - timedelta(days=1))

    back = read(tenant, Place(newer=second.newer))

    assert names(back) == "dcb"
    assert back.newer == ""


def test_a_page_after_the_end_leads_back(tenant: Tenant) -> None:
    arrive(tenant, *"ab")
    last = ORDER.key_of(Incident.objects.get(pk="a"))

    beyond = read(tenant, Place(older=last))

    assert (beyond.rows, beyond.older) == ([], "")
    assert beyond.newer


@given(key=st.text(max_size=40))
def test_a_key_nobody_gave_out_counts_as_none(key: str) -> None:
    place = keyset.place_in({"older": key, "newer": key})

    assert place == Place() or place.older == key


def test_counts_go_no_further_than_asked(tenant: Tenant) -> None:
    arrive(tenant, *"abcde")
    rows = Incident.objects.for_tenant(tenant)

    assert keyset.counted(rows, at_most=4) == "4+"
    assert keyset.counted(rows, at_most=5) == "5"


def test_an_address_keeps_the_filters_and_forgets_the_place() -> None:
    query = {"severity": "high", "error_type": "a&b", "older": "k", "partial": "news", "status": ""}

    assert keyset.address(query, older="n") == "?severity=high&error_type=a%26b&older=n"
