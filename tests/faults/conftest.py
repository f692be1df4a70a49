import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from m25console.runtime import pulse
from m25console.runtime.console import Console
from tests import errands, prepared
from tests.faults.rig import Rig, until
from tests.ports import free_pair

PATIENCE_SECONDS = 15.0


@pytest.fixture(scope="session")
def whole_console() -> Iterator[Rig]:
    """One console for all fault tests, with servers of its own that sync what they promise."""
    directory = Path(tempfile.mkdtemp(prefix="m25console-faults-"))
    directory.chmod(0o711)
    prepared.fill(directory)
    hook_port = free_pair()
    allowed = f"127.0.0.1:{hook_port}"
    named = {"DATABASE_URL": "", "REDIS_URL": "", "M25_OUTBOUND_ALLOW": allowed}
    console = Console(
        port=free_pair(),
        data_dir=directory,
        environment=named,
        patience_seconds=PATIENCE_SECONDS,
        report=print,
    )
    with console, errands.of(console) as errand:
        console.wait_ready()
        yield Rig(console, random.Random(25), errand, hook_port)

    shutil.rmtree(directory)


@pytest.fixture
def rig(whole_console: Rig) -> Rig:
    """The console, whole again after the test before."""
    roles = ("web", "worker", "relay", "live", "postgres", "valkey")
    until(lambda: all(whole_console.console.pids(role) for role in roles), wanted="all processes")
    whole_console.console.wait_ready()
    until(lambda: whole_console.beats(pulse.RELAY), wanted="the relay")
    return whole_console
