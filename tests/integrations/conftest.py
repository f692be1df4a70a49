from collections.abc import Iterator

import pytest

from m25console.access import Actor
from m25console.vocabulary import Role
from tests import databases, endpoints
from tests.databases import Server
from tests.endpoints import Endpoint
from tests.factories import make_actor, make_tenant


@pytest.fixture
def admin(db: None) -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


@pytest.fixture
def other_admin(db: None) -> Actor:
    return make_actor(make_tenant(), role=Role.ADMIN)


@pytest.fixture
def endpoint(settings) -> Iterator[Endpoint]:
    """A server on loopback that the operator allows to be called."""
    with endpoints.running() as running:
        settings.OUTBOUND_ALLOW = frozenset({running.host})
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with databases.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    with databases.mariadb() as server:
        yield server
