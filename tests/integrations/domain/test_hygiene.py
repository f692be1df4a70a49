from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.domain.hygiene import Concern, Standing, concerns
from tests.integrations.building import NOW

GOOD = Standing(
    expires_at=None, rotated_at=NOW, rotate_every_days=None, is_readable=True, is_used=True
)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, set()),
        ({"expires_at": NOW - DAY}, {Concern.EXPIRED}),
        ({"expires_at": NOW}, {Concern.EXPIRING}),
        ({"expires_at": NOW + 7 * DAY}, {Concern.EXPIRING}),
        ({"expires_at": NOW + 8 * DAY}, set()),
        ({"is_readable": False, "is_used": False}, {Concern.UNREADABLE, Concern.UNUSED}),
        ({"rotate_every_days": 30, "rotated_at": NOW - 30 * DAY}, {Concern.DUE}),
        ({"rotate_every_days": 30, "rotated_at": NOW - 29 * DAY}, set()),
    ],
)
def test_what_is_to_be_done_about_a_credential(change: dict, found: set[Concern]):
    assert concerns(replace(GOOD, **change), now=NOW) == found
