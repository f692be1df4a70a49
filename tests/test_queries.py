"""Every page asks the database eight times at most, however much there is.

Whoever adds a page adds nothing here: the addresses are the resolver's. A page that shows a thing
in several states is asked for in each of them.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from pytest_django import DjangoDbBlocker

from tests.crowding import Crowd, crowd
from tests.standing import made_once
from tests.test_access import OPEN, pages
from tests.test_tenant_isolation import PARAMETER

MOST = 8
PAGES = sorted(address for address, _ in pages(get_resolver()) if address not in OPEN)
# What is asked for besides the page itself: its parts, and what it is narrowed to.
VARIANTS = {
    "credentials/accesses": ["who=system&result=no"],
    "credentials/hygiene": ["concern=unused"],
    "checkpoints": ["partial=news&since=x", "sort=cost", "q=timeout", "state=decided"],
    "incidents": ["partial=news&since=x", "outcome=failed&severity=medium"],
    "loops": ["partial=news&since=x", "outcome=complete"],
    "loops/<slug:loop_id>": ["partial=live"],
    "policies": ["mode=shadow&q=timeout"],
    "routing": ["changed=1"],
    "runs": ["partial=live", "reconciliation=COMPLETE"],
    "runs/<int:number>": ["partial=live"],
    "search": ["q=timeout"],
}


@pytest.fixture(scope="module")
def crowds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Crowd]]:
    """A small one, and one with ten times as much; made once for all tests."""
    yield from made_once(lambda: [crowd(1), crowd(10)], django_db_blocker)


def paths_of(address: str, asked: Crowd) -> list[str]:
    """The address in every state of what it names, and its variants."""
    names = PARAMETER.findall(address)
    states = len(asked.ids[names[0]]) if len(names) == 1 else 1
    plain = [
        "/" + PARAMETER.sub(lambda found, state=state: asked.ids[found[1]][state], address)
        for state in range(states)
    ]
    return [*plain, *(f"{plain[0]}?{query}" for query in VARIANTS.get(address, []))]


def queries_of(path: str, asked: Crowd) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert asked.browser.get(path).status_code < 500
    return len(queries)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_eight_times_at_most_however_much_there_is(crowds, db, address):
    small, large = (
        [(path, queries_of(path, asked)) for path in paths_of(address, asked)] for asked in crowds
    )
    assert [one for one in (*small, *large) if one[1] > MOST] == []
    assert [number for _, number in small] == [number for _, number in large], large
