"""How the console logs: as structlog does by itself, but for tracebacks.

Where the library `rich` is installed structlog prints the values of local variables beside every
line, and among those are the secrets that were at hand.
"""

import structlog


def configure() -> None:
    """Print tracebacks without values."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    usual = structlog.get_config()["processors"]
    rest = [one for one in usual if not isinstance(one, structlog.dev.ConsoleRenderer)]
    structlog.configure(processors=[*rest, plain])
