"""Real servers for the tests that ask for a database; fixtures of the domain live beside these."""

import os
from collections.abc import Iterator

import pytest

from m25console.runtime import addresses, roles
from m25console.runtime.servers import PrivateServers


@pytest.fixture(scope="session")
def servers() -> Iterator[PrivateServers]:
    """PostgreSQL and Valkey, as far as DATABASE_URL and REDIS_URL do not name them.

    Every process of the run uses the same ones, and the last that leaves stops them. Only here
    may they forget what they promised: `volatile`.
    """
    names = roles.missing_servers(os.environ)
    with PrivateServers(addresses.data_dir(), names=names, volatile=True) as running:
        yield running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, servers: PrivateServers
) -> None:
    """Has the servers running before pytest-django makes its database."""
