"""The unprivileged account of the private servers: PostgreSQL refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from m25console.runtime.addresses import CannotStart

UNPRIVILEGED: Final = "nobody"


@dataclass(frozen=True)
class Account:
    """Who runs the servers; `switch` says that this is somebody else than ourselves."""

    uid: int
    gid: int
    switch: bool

    @property
    def groups(self) -> list[int] | None:
        """The supplementary groups to start a process with; None keeps ours."""
        return [] if self.switch else None

    @property
    def start_uid(self) -> int | None:
        """The user to start a process as; None keeps ours."""
        return self.uid if self.switch else None

    @property
    def start_gid(self) -> int | None:
        """The group to start a process as; None keeps ours."""
        return self.gid if self.switch else None

    def can_reach(self, path: Path) -> bool:
        """Whether this account may enter every folder above `path`."""
        return all(self._may_enter(folder.stat()) for folder in path.parents)

    def give(self, path: Path) -> None:
        """Makes this account the owner of `path`."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _may_enter(self, folder: os.stat_result) -> bool:
        if self.uid == folder.st_uid:
            return bool(folder.st_mode & stat.S_IXUSR)
        if self.gid == folder.st_gid:
            return bool(folder.st_mode & stat.S_IXGRP)
        return bool(folder.st_mode & stat.S_IXOTH)


def of_servers() -> Account:
    """Ourselves, or `nobody` when we are root. Raises CannotStart without such an account."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL does not run as root and this machine has no user {UNPRIVILEGED!r}; "
            "start the console as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
