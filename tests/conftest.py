"""Real servers for the tests that ask for a database; fixtures of the domain live beside these."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.db import connection
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from m25console.runtime import addresses, postgres, roles
from m25console.runtime.servers import PrivateServers
from tests import prepared
from tests.ports import free_pair


@pytest.fixture(scope="session")
def servers() -> Iterator[PrivateServers]:
    """PostgreSQL and Valkey, as far as DATABASE_URL and REDIS_URL do not name them.

    Every process of the run uses the same ones, and the last that leaves stops them. Only here
    may they forget what they promised: `volatile`.
    """
    names = roles.missing_servers(os.environ)
    if postgres.NAME in names:
        prepared.fill(addresses.data_dir())
    with PrivateServers(addresses.data_dir(), names=names, volatile=True) as running:
        yield running


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, servers: PrivateServers
) -> None:
    """Has the servers running before pytest-django makes its database, of the one migrated
    already where the server is ours."""
    if postgres.NAME in servers.names:
        connection.settings_dict["TEST"]["TEMPLATE"] = addresses.DATABASE_NAME


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory. Not tmp_path: its parents are closed to the servers' account."""
    directory = Path(tempfile.mkdtemp(prefix="m25console-test-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def port() -> int:
    """A port that is free, and the one above it too."""
    return free_pair()


# Tests below one of these share what is dear: a console, servers of other people, a crowd.
SHARING: Final = (
    ("tests/faults/",),
    ("tests/browser/",),
    ("tests/test_queries.py",),
    (
        "tests/integrations/drivers/",
        "tests/integrations/engine/test_sql_",
        "tests/integrations/engine/test_vector_",
    ),
    ("tests/integrations/engine/test_file_",),
    ("tests/integrations/engine/test_mcp_calling",),
    ("tests/integrations/engine/test_mcp_kinds",),
    ("tests/integrations/engine/test_serverless_",),
    ("tests/integrations/providers/test_litellm",),
    ("tests/integrations/vaults/test_aws",),
    ("tests/m25console/test_wsgi_request.py",),
)


class OneOfEach(LoadScopeScheduling):
    """Every test goes to whichever process is free, but those that share something dear go to the
    same one: another would have to start its own, and two consoles at once only starve each
    other."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folders[0] for folders in SHARING if nodeid.startswith(folders)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneOfEach:
    """With `-n`, OneOfEach spreads the tests."""
    return OneOfEach(config, log)


def pytest_collection_finish() -> None:
    """What was imported for the tests lives to their end: nobody need look there for garbage."""
    gc.collect()
    gc.freeze()
