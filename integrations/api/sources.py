"""Data sources: the list, one of them, and what is done with it."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status
from pydantic import BaseModel

from integrations.actions import source_states, sources
from integrations.api.queries import slice_of
from integrations.api.shapes.sources import (
    RoleIn,
    SourceChangeIn,
    SourceDeletedOut,
    SourceIn,
    SourceOut,
    SourcesOut,
    SourceStatsOut,
    SourceTestOut,
    TagIn,
)
from integrations.domain.sources import SourceStatus, SourceType
from integrations.engine import source_looks
from integrations.engine import sources as reaching
from integrations.models import DataSource
from integrations.presenters.stats import source_stats
from m25console.access import Actor, actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_changes, read_model
from m25console.api.docs import body_of
from m25console.api.errors import BadRequest
from m25console.api.schemas import refusals
from m25console.rows import found

MOST: Final = 1000
USUAL: Final = 100
FILTERS: Final = {"source_type": SourceType, "status": SourceStatus}
router = Router(tags=["data sources"])


@router.get("/datasources", auth=READS, response={200: SourcesOut, **refusals(400)})
def list_sources(request: HttpRequest) -> dict[str, Any]:
    """By name; `limit` 1 to 1000, `offset`, `source_type`, `status`, `tag`.

    Needs the scope `read`.
    """
    wanted = slice_of(request, filters=FILTERS, words=("tag",), most=MOST, usual=USUAL)
    chosen = dict(wanted.filters)
    rows = DataSource.objects.open_to(actor_of(request)).by_name()
    if tag := chosen.pop("tag", ""):
        rows = rows.filter(tags__contains=[tag])
    rows = rows.filter(**chosen)
    return {
        "sources": list(rows[wanted.offset : wanted.offset + wanted.limit]),
        "total": rows.count(),
        "limit": wanted.limit,
        "offset": wanted.offset,
    }


@router.post(
    "/datasources",
    auth=DECIDES,
    response={201: SourceOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(SourceIn),
)
def register(request: HttpRequest) -> Status[DataSource]:
    """A new source, not yet switched on. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    told = read_model(request, SourceIn)
    if told.source_type not in set(SourceType):
        raise BadRequest(f"There is no such type: one of {', '.join(SourceType)}.")
    row = reaching.register(
        source_type=SourceType(told.source_type), wanted=told.wanted(), by=actor,
        now=timezone.now(),
    )  # fmt: skip
    return Status(201, row)


@router.get("/datasources/stats", auth=READS, response={200: SourceStatsOut, **refusals()})
def stats(request: HttpRequest) -> dict[str, Any]:
    """How many there are of each state and type. Needs the scope `read`."""
    return source_stats(actor_of(request))


@router.get("/datasources/{source_id}", auth=READS, response={200: SourceOut, **refusals(404)})
def detail(request: HttpRequest, source_id: str) -> DataSource:
    """One of them, with marks for its secrets. Needs the scope `read`."""
    return _found(actor_of(request), source_id)


@router.put(
    "/datasources/{source_id}",
    auth=DECIDES,
    response={200: SourceOut, **refusals(400, 404, 409, 413, 415, 422)},
    openapi_extra=body_of(SourceChangeIn),
)
def change(request: HttpRequest, source_id: str) -> DataSource:
    """Change what is named, in the name of an admin. Needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    changes = read_changes(request, SourceChangeIn)
    return reaching.change(source_id=row.pk, wanted=changes.wanted(), by=actor, now=timezone.now())


@router.delete(
    "/datasources/{source_id}", auth=DECIDES, response={200: SourceDeletedOut, **refusals(404)}
)
def delete(request: HttpRequest, source_id: str) -> SourceDeletedOut:
    """Take one away, its secrets destroyed. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    sources.delete(source_id=row.pk, by=actor, now=timezone.now())
    return SourceDeletedOut(source_id=row.pk)


@router.post(
    "/datasources/{source_id}/test",
    auth=DECIDES,
    response={200: SourceTestOut, **refusals(404)},
)
def test(request: HttpRequest, source_id: str) -> SourceTestOut:
    """Look at it now, at most once in ten seconds; the answer waits for the look, which ends
    within ten. In the name of an admin; needs the scope `decide`."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    return SourceTestOut.of(row, source_looks.test(row, by=actor, now=timezone.now()))


@router.post(
    "/datasources/{source_id}/activate",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 409)},
)
def activate(request: HttpRequest, source_id: str) -> DataSource:
    """Let it be used. In the name of an admin; needs the scope `decide`."""
    return _done(request, source_id, source_states.activate)


@router.post(
    "/datasources/{source_id}/deactivate",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 409)},
)
def deactivate(request: HttpRequest, source_id: str) -> DataSource:
    """Pause it. In the name of an admin; needs the scope `decide`."""
    return _done(request, source_id, source_states.deactivate)


@router.post(
    "/datasources/{source_id}/deprecate",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 409)},
)
def deprecate(request: HttpRequest, source_id: str) -> DataSource:
    """Mark it for removal, for good. In the name of an admin; needs the scope `decide`."""
    return _done(request, source_id, source_states.deprecate)


@router.post(
    "/datasources/{source_id}/tags",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(TagIn),
)
def add_tag(request: HttpRequest, source_id: str) -> DataSource:
    """Tag it, once. In the name of an admin; needs the scope `decide`."""
    return _done(request, source_id, source_states.add_tag, TagIn)


@router.post(
    "/datasources/{source_id}/tags/remove",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(TagIn),
)
def remove_tag(request: HttpRequest, source_id: str) -> DataSource:
    """Take a tag away. In the name of an admin; needs the scope `decide`."""
    return _done(request, source_id, source_states.remove_tag, TagIn)


@router.post(
    "/datasources/{source_id}/roles",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(RoleIn),
)
def grant(request: HttpRequest, source_id: str) -> DataSource:
    """Open it to a role, and to none that is not named. In the name of an admin; needs the scope
    `decide`."""
    return _done(request, source_id, source_states.grant, RoleIn)


@router.post(
    "/datasources/{source_id}/roles/remove",
    auth=DECIDES,
    response={200: SourceOut, **refusals(404, 413, 415, 422)},
    openapi_extra=body_of(RoleIn),
)
def revoke(request: HttpRequest, source_id: str) -> DataSource:
    """Take a role away; without any it is open to all. In the name of an admin; needs the scope
    `decide`."""
    return _done(request, source_id, source_states.revoke, RoleIn)


def _done(
    request: HttpRequest, source_id: str, do: Callable[..., DataSource],
    told: type[BaseModel] | None = None,
) -> DataSource:  # fmt: skip
    """What is done with one of them, by what the body says where there is one."""
    actor = actor_of(request)
    row = _found(actor, source_id)
    said = read_model(request, told).model_dump() if told else {}
    return do(source_id=row.pk, by=actor, now=timezone.now(), **said)


def _found(actor: Actor, source_id: str) -> DataSource:
    mine = DataSource.objects.open_to(actor).select_related("tenant")
    return found(mine, source_id, noun="data source")
