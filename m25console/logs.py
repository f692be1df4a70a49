"""How the console logs: as structlog does by itself, but for what would tell secrets.

Where the library `rich` is installed structlog prints the values of local variables beside every
line, and among those are the secrets that were at hand. Some libraries write at their lowest level
all that they send, the arguments of tools included.
"""

import logging
from typing import Final

import structlog

TALKATIVE: Final = ("mcp", "httpcore2")


def configure() -> None:
    """Print tracebacks without values, and nothing that libraries tell for their own makers."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    usual = structlog.get_config()["processors"]
    rest = [one for one in usual if not isinstance(one, structlog.dev.ConsoleRenderer)]
    structlog.configure(processors=[*rest, plain])
