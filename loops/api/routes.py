"""The loop's part of the HTTP API."""

from ninja import NinjaAPI

from loops.api import (
    catalogue,
    checkpoints,
    evaluations,
    graduation,
    incidents,
    loops,
    policies,
    regrets,
    replays,
    reverts,
    routing,
    timeline,
)
from loops.domain.payload import PayloadFault

MODULES = (
    incidents,
    loops,
    checkpoints,
    catalogue,
    policies,
    evaluations,
    replays,
    timeline,
    regrets,
    routing,
    reverts,
    graduation,
)


def attach(api: NinjaAPI) -> None:
    """Add the loop's routes to `api`."""
    for module in MODULES:
        api.add_router("", module.router)
    api.exception_handler(PayloadFault)(incidents.on_fault)
