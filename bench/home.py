"""A data directory for one benchmark, and Django pointed at it: import this before any model."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Final

import django

from m25console.runtime.console import HOST

FOLDER: Final = Path(tempfile.mkdtemp(prefix="m25console-bench-"))

# A benchmark never touches the servers that somebody has configured.
for name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(name, None)
os.environ |= {
    "M25_DATA_DIR": str(FOLDER),
    "DJANGO_SETTINGS_MODULE": "m25console.settings",
    "M25_DEBUG": "false",
}
django.setup()


def free_port() -> int:
    """A port that is free now, and so is the one above it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            port = int(first.getsockname()[1])
            try:
                second.bind((HOST, port + 1))
            except OSError:
                continue
            return port
