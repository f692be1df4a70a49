"""What a configuration lists, in the order in which it is imported; each noun adds its own."""

from collections.abc import Sequence
from typing import Any, Final

from integrations.configuration import (
    connectors,
    integrations,
    limits,
    mcp_servers,
    prices,
    sources,
)
from integrations.configuration.items import Kind

KINDS: Final[Sequence[Kind[Any]]] = (
    integrations.KIND,
    limits.KIND,
    prices.KIND,
    sources.KIND,
    connectors.KIND,
    mcp_servers.KIND,
)
