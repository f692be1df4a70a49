"""Who read a tenant's secrets, and who changed them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from integrations.domain.states import Accessor, CredentialAction
from integrations.models import Credential, CredentialAccess
from m25console import exports, keyset
from m25console.access import Actor, check_connects
from m25console.exports import Column, Query, Table
from m25console.keyset import Order, Page, Place

NAME: Final = "credential-accesses"
NEWEST: Final = Order("at", tie_kind=int)
WHO: Final[Mapping[Accessor, str]] = {
    Accessor.HUMAN: "A person",
    Accessor.SYSTEM: "The console",
    Accessor.MACHINE: "A program",
    Accessor.MCP_TOOL: "An MCP tool",
}
DEEDS: Final[Mapping[CredentialAction, str]] = {
    CredentialAction.STORE: "stored",
    CredentialAction.GET: "read",
    CredentialAction.UPDATE: "changed",
    CredentialAction.DELETE: "deleted",
    CredentialAction.ROTATE: "replaced",
}
RESULTS: Final[Mapping[str, str]] = {"yes": "It was done", "no": "It was refused"}
COLUMNS: Final[Sequence[Column[CredentialAccess]]] = (
    exports.field("at"),
    exports.field("credential_id"),
    exports.field("action"),
    exports.field("accessor"),
    exports.field("accessor_label"),
    exports.field("success"),
    exports.field("rule"),
    exports.field("error"),
)


@dataclass(frozen=True)
class AccessFilters:
    """What the list is narrowed to; empty means everything."""

    who: str = ""
    result: str = ""
    credential: str = ""

    @property
    def any(self) -> bool:
        return any(self.told().values())

    def told(self) -> dict[str, str]:
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def rows(self, actor: Actor) -> QuerySet[CredentialAccess]:
        rows = CredentialAccess.objects.filter(tenant=actor.tenant)
        if self.who:
            rows = rows.filter(accessor=self.who)
        if self.result:
            rows = rows.filter(success=self.result == "yes")
        return rows.filter(credential_id=self.credential) if self.credential else rows


@dataclass(frozen=True)
class AccessRow:
    """One thing that was done to a credential, or tried."""

    access: CredentialAccess
    who: str
    did: str
    name: str  # of the credential, also of one that is deleted
    is_there: bool


def filters_from(query: Mapping[str, str]) -> AccessFilters:
    """The filters an address names; values nobody could have chosen are dropped."""
    who, result, credential = (query.get(one, "") for one in ("who", "result", "credential"))
    return AccessFilters(
        who=who if who in set(Accessor) else "",
        result=result if result in RESULTS else "",
        credential=credential if credential.isprintable() and len(credential) <= 64 else "",
    )


def access_list(
    actor: Actor, *, filters: AccessFilters, place: Place
) -> tuple[Page[CredentialAccess], list[AccessRow]]:
    """A page of them, the newest first: two queries."""
    page = keyset.page(filters.rows(actor), order=NEWEST, place=place)
    wanted = {one.credential_id for one in page.rows}
    mine = Credential.objects.filter(tenant=actor.tenant, pk__in=wanted).only("name", "deleted_at")
    known = {one.pk: one for one in mine}
    return page, [_row(one, known.get(one.credential_id)) for one in page.rows]


def _row(access: CredentialAccess, credential: Credential | None) -> AccessRow:
    return AccessRow(
        access=access,
        who=WHO[Accessor(access.accessor)],
        did=DEEDS[CredentialAction(access.action)],
        name=credential.name if credential else "",
        is_there=credential is not None and credential.deleted_at is None,
    )


def table(actor: Actor, query: Query, _now: datetime) -> Table[Any]:
    """The same as a file. Raises NotPermitted for who may not see the list."""
    check_connects(actor)
    filters = filters_from(query)
    told = {name: value for name, value in filters.told().items() if value}
    return exports.listed(NAME, filters.rows(actor), order=NEWEST, columns=COLUMNS, filters=told)
