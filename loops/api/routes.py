"""The loop's part of the HTTP API."""

from ninja import NinjaAPI

from loops.api import catalogue, checkpoints, incidents, loops, regrets, timeline
from loops.domain.payload import PayloadFault


def attach(api: NinjaAPI) -> None:
    """Add the loop's routes to `api`."""
    for module in (incidents, loops, checkpoints, catalogue, timeline, regrets):
        api.add_router("", module.router)
    api.exception_handler(PayloadFault)(incidents.on_fault)
