"""File locks that the kernel releases when their holder dies, however it dies."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.02


def take(path: Path, *, shared: bool = False, wait_seconds: float = 0) -> int | None:
    """An open file descriptor that holds the lock until it is closed; None when it is taken."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_seconds
    while not _try(handle, shared=shared):
        if time.monotonic() >= deadline:
            os.close(handle)
            return None
        time.sleep(POLL_SECONDS)
    return handle


def is_free(path: Path, *, shared: bool = False) -> bool:
    """Whether the lock could be taken right now."""
    handle = take(path, shared=shared)
    if handle is None:
        return False
    os.close(handle)
    return True


def write(handle: int, text: str) -> None:
    """Leaves `text` in a lock that is held, for those who find it taken."""
    content = text.encode()
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _try(handle: int, *, shared: bool) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
