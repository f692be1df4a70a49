"""The folders inside the data directory, made so that the servers' account can use its own."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from m25console.runtime import addresses
from m25console.runtime.account import Account
from m25console.runtime.addresses import CannotStart

PROJECT_DIR: Final = Path(__file__).resolve().parent.parent.parent
OPEN_FILES: Final = Path("/proc/self/fd")  # lets a process enter folders opened for it
LOG_LIMIT_BYTES: Final = 16_000_000  # an older log is set aside when its process starts again


def make_folders(directory: Path, *, account: Account) -> None:
    """Makes what the servers need in `directory`. Raises CannotStart when that is impossible."""
    try:
        addresses.prepared(directory)
        for name in ("locks", "logs"):
            (directory / name).mkdir(mode=0o700, exist_ok=True)
        if account.switch:
            directory.chmod(directory.stat().st_mode | stat.S_IXOTH)
        if addresses.is_closed(directory) and not OPEN_FILES.exists():
            raise CannotStart(
                f"The data directory {directory} lies in a folder that only root may enter, and "
                "PostgreSQL does not run as root; choose another with --data-dir or M25_DATA_DIR."
            )
        _make_socket_dir(addresses.socket_dir(directory), account=account)
    except OSError as error:
        raise CannotStart(addresses.unusable(directory, error)) from error


@contextlib.contextmanager
def entered(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A name by which the servers' account may use `folder`, and descriptors it must inherit.

    A folder below one that only root may enter is opened here, and named by its descriptor.
    """
    if not addresses.is_closed(folder):
        yield str(folder), ()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield str(OPEN_FILES / str(handle)), (handle,)
    finally:
        os.close(handle)


def programs_dir(directory: Path) -> Path:
    """Where programs are copied that the servers' account cannot reach where they are."""
    outside = addresses.socket_dir(directory)
    folder = (outside if addresses.is_closed(directory) else directory) / "programs"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def server_environment() -> dict[str, str]:
    """The environment of the servers: none of the PG… variables somebody may have set."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def lock_path(directory: Path, name: str) -> Path:
    """The file of one of the locks of servers.py and console.py."""
    return directory / "locks" / name


def opened_log(directory: Path, name: str) -> int:
    """A file descriptor that appends to `name`'s log; the caller closes it."""
    path = log_path(directory, name)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.rename(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def log_path(directory: Path, name: str) -> Path:
    """Where the process `name` writes its log."""
    return directory / "logs" / f"{name}.log"


def log_tail(directory: Path, name: str, *, lines: int = 1) -> str:
    """The last `lines` lines of a log, for a sentence about what went wrong."""
    path = log_path(directory, name)
    if not path.exists():
        return "no log was written"
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        text = file.read().decode(errors="replace")
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


def _make_socket_dir(folder: Path, *, account: Account) -> None:
    """Makes the folder of the sockets. Under /tmp somebody may have been there before us."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
        raise CannotStart(
            f"{folder} belongs to somebody else; remove it, or choose another --data-dir."
        )
    account.give(folder)
    folder.chmod(0o700)
