"""MCP servers to and from registries."""

from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AwareDatetime, Field

from integrations.api.shapes.configuration import ConfirmedImportIn, ImportIn, PlanOut
from integrations.api.shapes.mcp_catalogue import ListedServerOut, ListMetadataOut, ServerListOut
from integrations.configuration import catalogue, documents
from integrations.models import McpServer
from integrations.models.mcp_servers import McpServerQuerySet
from m25console.access import actor_of
from m25console.api.bearer import DECIDES, READS
from m25console.api.bodies import read_model
from m25console.api.docs import body_of
from m25console.api.paging import Listing, Paging, page_of
from m25console.api.schemas import PLAIN, refusals
from m25console.keyset import Order

BODY: Final = documents.MAX_BYTES + 1024
LATEST: Final = "latest"
NEWEST: Final = Listing("mcp-registry", Order("registered_at"))
router = Router(tags=["MCP servers"])


class Wanted(Schema):
    """Which part of the list is wanted, as clients of registries ask for it."""

    limit: int = Field(30, ge=1, le=100, description="servers in a page")
    cursor: str = Field("", max_length=500, description="`nextCursor` of the page before")
    search: str = Field("", max_length=128, description="a part of the name")
    version: str = Field(
        "", max_length=255, pattern=PLAIN, description="`latest`, which all are, or exactly this"
    )
    updated_since: AwareDatetime | None = Field(None, description="only what changed after it")
    include_deleted: bool | None = Field(
        None, description="those that were taken away as well; usual where `updated_since` is given"
    )

    def narrowed(self, rows: McpServerQuerySet) -> McpServerQuerySet:
        """The servers that are asked for."""
        is_usual = self.updated_since is not None
        if not (is_usual if self.include_deleted is None else self.include_deleted):
            rows = rows.in_use()
        if self.updated_since is not None:
            rows = rows.filter(updated_at__gt=self.updated_since)
        if self.search:
            rows = rows.filter(name__icontains=self.search.replace("\0", ""))
        if self.version not in ("", LATEST):
            rows = rows.of_version(self.version)
        return rows


@router.get(
    "/integrations/mcp-registry/v0/servers",
    operation_id="list_as_first_registry",
    auth=READS,
    response={200: ServerListOut, **refusals(400, 422)},
    by_alias=True,
    exclude_none=True,
)
@router.get(
    "/integrations/mcp-registry/v0.1/servers",
    auth=READS,
    response={200: ServerListOut, **refusals(400, 422)},
    by_alias=True,
    exclude_none=True,
)
def list_as_registry(request: HttpRequest, wanted: Query[Wanted]) -> ServerListOut:
    """The servers, the newest first, in the shape of the MCP registry's API; who keeps a copy asks
    for what was `updated_since`, and learns so of those that were taken away.

    Needs the scope `read`.
    """
    rows = wanted.narrowed(McpServer.objects.for_tenant(actor_of(request).tenant))
    paging = Paging(limit=wanted.limit, cursor=wanted.cursor)
    page = page_of(
        rows.select_related("tenant"), ListedServerOut, listing=NEWEST, paging=paging,
        request=request,
    )  # fmt: skip
    metadata = ListMetadataOut(count=len(page.items), next_cursor=page.next_cursor)
    return ServerListOut.model_construct(servers=page.items, metadata=metadata)


@router.post(
    "/integrations/mcp-catalogue/plan",
    auth=DECIDES,
    response={200: PlanOut, **refusals(400, 413, 415, 422)},
    openapi_extra=body_of(ImportIn),
)
def plan(request: HttpRequest) -> PlanOut:
    """What would be registered of a `server.json`, or of a registry's list of them, and why the
    rest would not; nothing is done. In the name of an admin; needs the scope `decide`."""
    told = read_model(request, ImportIn, limit=BODY)
    return PlanOut.of(catalogue.look(told.document, by=actor_of(request), now=timezone.now()))


@router.post(
    "/integrations/mcp-catalogue/apply",
    auth=DECIDES,
    response={200: PlanOut, **refusals(400, 409, 413, 415, 422)},
    openapi_extra=body_of(ConfirmedImportIn),
)
def apply(request: HttpRequest) -> PlanOut:
    """Register what the plan's digest stands for; 409 if that is not what would happen by now, and
    where there is nothing to register. In the name of an admin; needs the scope `decide`."""
    told = read_model(request, ConfirmedImportIn, limit=BODY)
    return PlanOut.of(
        catalogue.apply(told.document, digest=told.digest, by=actor_of(request), now=timezone.now())
    )
