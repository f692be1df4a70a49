"""File locks that the kernel releases when their holder dies, however it dies."""

import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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


def note(handle: int, facts: Mapping[str, Any]) -> None:
    """Leaves `facts` in a lock that is held, for those who find it taken."""
    content = json.dumps(facts).encode()
    os.ftruncate(handle, 0)
    os.pwrite(handle, content, 0)


def noted(path: Path) -> dict[str, Any]:
    """What the last holder left in the lock; empty when that is nothing, or half-written."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return facts


def _try(handle: int, *, shared: bool) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
