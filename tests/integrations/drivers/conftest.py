from collections.abc import Iterator

import pytest

from tests import databases
from tests.databases import Server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    with databases.valkey() as server:
        yield server
