"""The loop's part of the HTTP API."""

from ninja import NinjaAPI

from loops.actions.run_closing import RunNotClosed
from loops.api import (
    bulk,
    catalogue,
    channels,
    checkpoint_rules,
    checkpoints,
    comments,
    evaluations,
    failures,
    graduation,
    incidents,
    loops,
    merging,
    notifications,
    policies,
    recoveries,
    regrets,
    remedies,
    replays,
    reverts,
    reviewing,
    routing,
    runs,
    saved_views,
    scopes,
    timeline,
)
from loops.domain.payload import PayloadFault

MODULES = (
    incidents,
    loops,
    bulk,  # before what takes any word for an id
    checkpoints,
    comments,
    checkpoint_rules,
    saved_views,
    catalogue,
    policies,
    evaluations,
    replays,
    timeline,
    regrets,
    routing,
    reverts,
    graduation,
    runs,
    recoveries,
    failures,
    scopes,
    remedies,
    reviewing,
    notifications,
    channels,
    merging,
)


def attach(api: NinjaAPI) -> None:
    """Add the loop's routes to `api`."""
    for module in MODULES:
        api.add_router("", module.router)
    api.exception_handler(PayloadFault)(incidents.on_fault)
    api.exception_handler(RunNotClosed)(runs.on_not_closed)
