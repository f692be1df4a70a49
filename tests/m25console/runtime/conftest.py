import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory. Not tmp_path: its parents are closed to the servers' account."""
    directory = Path(tempfile.mkdtemp(prefix="m25console-test-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)
