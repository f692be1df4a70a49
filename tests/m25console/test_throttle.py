from datetime import timedelta

import pytest

from m25console import throttle
from m25console.models import SignInThrottle
from m25console.refusals import TooMany
from tests.m25console.builders import NOW

pytestmark = pytest.mark.django_db

HERE = "203.0.113.7"


def fail(times: int, *, name: str = "rita", address: str = HERE) -> None:
    for _ in range(times):
        throttle.count_attempt(name=name, address=address, now=NOW)


def test_the_eleventh_attempt_at_one_name_must_wait_for_the_window_to_end() -> None:
    fail(throttle.NAME_FROM_ADDRESS_LIMIT)

    with pytest.raises(TooMany) as refused:
        throttle.count_attempt(name="rita", address=HERE, now=NOW + timedelta(minutes=5))
    assert refused.value.retry_after == 600


def test_a_new_window_starts_from_nothing() -> None:
    fail(throttle.NAME_FROM_ADDRESS_LIMIT)

    throttle.count_attempt(name="rita", address=HERE, now=NOW + throttle.WINDOW)


def test_case_and_spaces_do_not_make_another_name() -> None:
    fail(throttle.NAME_FROM_ADDRESS_LIMIT)

    with pytest.raises(TooMany):
        throttle.count_attempt(name=" RITA", address=HERE, now=NOW)


def test_guessing_many_names_from_one_address_is_slowed() -> None:
    for number in range(throttle.ADDRESS_LIMIT):
        fail(1, name=f"person{number}")

    with pytest.raises(TooMany):
        fail(1, name="one-more")


def test_a_stranger_does_not_lock_a_person_out() -> None:
    fail(throttle.NAME_FROM_ADDRESS_LIMIT)

    fail(1, address="198.51.100.1")


def test_addresses_of_one_ipv6_network_count_together() -> None:
    fail(throttle.NAME_FROM_ADDRESS_LIMIT, address="2001:db8:1:2::1")

    with pytest.raises(TooMany):
        fail(1, address="2001:db8:1:2:ffff::9")


def test_a_right_password_gives_its_attempt_back() -> None:
    for _ in range(3 * throttle.NAME_FROM_ADDRESS_LIMIT):
        fail(1)
        throttle.give_back(name="rita", address=HERE)

    assert set(SignInThrottle.objects.values_list("failures", flat=True)) == {0}


def test_stale_rows_are_swept_and_names_are_not_kept_in_clear() -> None:
    fail(1, name="hunter2")
    assert not SignInThrottle.objects.filter(key__contains="hunter2").exists()

    throttle.count_attempt(name="rita", address="198.51.100.1", now=NOW + throttle.WINDOW)

    assert SignInThrottle.objects.count() == 3
