from collections.abc import Iterator

import pytest

from tests import databases
from tests.databases import Server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with databases.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    with databases.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    with databases.valkey() as server:
        yield server
