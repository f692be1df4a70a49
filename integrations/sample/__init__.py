"""What the demo shows of the integrations: the servers it talks to, and the rows it begins with.

Each module has `servers`, a context manager that runs some and tells where they listen, or
`furnish`, which fills a tenant once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from typing import Final

from integrations.sample import (
    connectors,
    credentials,
    databases,
    limits,
    mcp,
    mcp_calls,
    providers,
    sources,
)
from m25console.access import Actor
from m25console.samples import Sample

type Servers = Callable[[], AbstractContextManager[Mapping[str, str]]]
type Furnish = Callable[[Actor, Mapping[str, str], datetime], None]
SERVERS: Final[Sequence[Servers]] = (providers.servers, mcp.servers, databases.servers)
FURNISHED: Final[Sequence[Furnish]] = (
    providers.furnish,
    credentials.furnish,
    limits.furnish,
    mcp.furnish,
    mcp_calls.furnish,
    databases.furnish,
    sources.furnish,
    connectors.furnish,
)


@contextmanager
def _all_servers() -> Iterator[Mapping[str, str]]:
    with ExitStack() as running:
        told = [running.enter_context(one()) for one in SERVERS]
        yield {name: where for one in told for name, where in one.items()}


SAMPLE: Final = Sample(command="furnish_integrations", servers=_all_servers)
