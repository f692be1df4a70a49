"""A data directory for one benchmark, and Django pointed at it: import this before any model."""

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
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


def command[Sizes](run: Callable[[Sizes], bool], *, told: str, full: Sizes, quick: Sizes) -> int:
    """A benchmark as a program: its exit code, 0 if every budget was met. `told` describes it."""
    parser = argparse.ArgumentParser(description=told.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run at all")
    chosen = parser.parse_args()
    try:
        met = run(quick if chosen.quick else full)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return 0 if met or chosen.quick else 1
