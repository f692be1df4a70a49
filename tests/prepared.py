"""A private PostgreSQL whose database was migrated once in a run, and copies of it.

Tests that ask something else of a console begin with a copy. What a first start makes of an empty
data directory is asked where the demo is, which always does the whole of it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from m25console.runtime import addresses, layout, locks, postgres
from m25console.runtime.servers import PrivateServers

PATIENCE_SECONDS: Final = 600.0  # another process of the run is migrating on a busy machine
COPIED: Final = ("database_password", "postgres", "programs")


def fill(directory: Path) -> None:
    """Puts a migrated database where a console, or the servers, of `directory` will find it.

    Before anything asked for its address: that holds the password, which comes with the copy. A
    directory that has a database keeps it.
    """
    run = addresses.data_dir()
    making = locks.take(run / "prepared.lock", wait_seconds=PATIENCE_SECONDS)
    assert making is not None, "a database has been prepared for minutes"
    try:
        if not postgres.home(run / "prepared").exists():
            _prepare(run)
        if not postgres.home(directory).exists():
            _copy(run / "prepared", directory)
    finally:
        os.close(making)


def _prepare(run: Path) -> None:
    """Makes and migrates it beside its place, and moves it there once it is complete."""
    unfinished = run / "preparing"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o711)
    password = addresses.database_password(run)  # the tests' own settings name it already
    (unfinished / "database_password").write_text(password)
    with PrivateServers(unfinished, names=(postgres.NAME,), volatile=True):
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks"],
            cwd=layout.PROJECT_DIR,
            env={
                **os.environ,
                "DATABASE_URL": addresses.database_url(unfinished),
                "DJANGO_SETTINGS_MODULE": "m25console.settings",
            },
            stdout=subprocess.DEVNULL,
            check=True,
        )
    unfinished.rename(run / "prepared")


def _copy(prepared: Path, directory: Path) -> None:
    """With owners and modes: the servers' account is not always ours."""
    parts = [str(prepared / name) for name in COPIED if (prepared / name).exists()]
    subprocess.run(["cp", "-a", *parts, str(addresses.prepared(directory))], check=True)
