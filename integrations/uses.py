"""What refers to a tenant's secrets. Each kind of thing that does adds itself to KINDS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from integrations.domain import references
from integrations.models import Connector, DataSource, Integration, McpServer
from m25console.models import Tenant

MOST: Final = 5_000  # of one tenant; each kind allows a few hundred


@dataclass(frozen=True)
class Kind:
    """`rows` are those of a tenant that are in use; `reference` and `name` are columns of them, or
    what they were annotated with. `address` names the page of one, `argument` its parameter."""

    noun: str
    rows: Callable[[Tenant], QuerySet[Any]]
    address: str
    argument: str
    reference: str = "credential_ref"
    name: str = "name"


@dataclass(frozen=True)
class Use:
    """One thing that refers to a secret."""

    reference: str
    noun: str
    name: str
    url: str


def _integrations(tenant: Tenant) -> QuerySet[Integration]:
    return Integration.objects.for_tenant(tenant)


def _connectors(tenant: Tenant) -> QuerySet[Connector]:
    return Connector.objects.for_tenant(tenant)


def _sources(tenant: Tenant) -> QuerySet[DataSource]:
    return DataSource.objects.for_tenant(tenant)


def _mcp_servers(tenant: Tenant) -> QuerySet[McpServer]:
    return McpServer.objects.for_tenant(tenant).in_use()


KINDS: Final[Sequence[Kind]] = (
    Kind("integration", _integrations, "integrations:integration", "integration_id"),
    Kind("connector", _connectors, "integrations:connector", "connector_id"),
    Kind("data source", _sources, "integrations:source", "source_id"),
    Kind("MCP server", _mcp_servers, "integrations:mcp-server", "server_id"),
)


def of(tenant: Tenant) -> Mapping[str, Sequence[Use]]:
    """Everything that refers to a secret, by the reference: one query."""
    first, *others = (_told(number, kind, tenant) for number, kind in enumerate(KINDS))
    found: dict[str, list[Use]] = {}
    for number, pk, name, reference in first.union(*others, all=True)[:MOST]:
        kind = KINDS[number]
        url = reverse(kind.address, kwargs={kind.argument: pk})
        found.setdefault(reference, []).append(Use(reference, kind.noun, name, url))
    return {one: sorted(uses, key=lambda use: (use.noun, use.name)) for one, uses in found.items()}


def of_credential(credential_id: str, *, tenant: Tenant) -> Sequence[Use]:
    """What refers to a stored credential, and fails without it: one query."""
    return of(tenant).get(references.of_credential(credential_id, tenant_id=tenant.pk), ())


def _told(number: int, kind: Kind, tenant: Tenant) -> QuerySet[Any]:
    text = CharField()
    rows: QuerySet[Any] = kind.rows(tenant).exclude(**{kind.reference: ""}).order_by()
    told: QuerySet[Any] = rows.annotate(
        use_kind=Value(number),
        use_pk=Cast("pk", text),
        use_name=Cast(kind.name, text),
        use_reference=Cast(kind.reference, text),
    ).values_list("use_kind", "use_pk", "use_name", "use_reference")
    return told
