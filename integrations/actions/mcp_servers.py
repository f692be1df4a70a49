"""Registering, changing and taking away a tenant's MCP servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.conf import settings
from django.db import transaction

from integrations.actions import mcp_audit, mcp_policies, naming
from integrations.domain import mcp_servers, references
from integrations.domain.mcp_audit import Event, canonical
from integrations.domain.mcp_servers import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_URL,
    SHOWN,
    SPOKEN,
    USUAL_WINDOW_SECONDS,
    McpAuth,
    McpServerStatus,
    McpTransport,
)
from integrations.domain.mcp_states import AuditType
from integrations.models import McpConfig, McpServer
from integrations.permissions import check_is_in_use
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found, hold

MOST: Final = 200  # in use, of one tenant
MOST_TAGS: Final = 20
MAX_TAG: Final = 50
MAX_RATE: Final = 1_000_000
MAX_WINDOW: Final = 86_400  # seconds


class DuplicateUrl(WrongState):
    """Another server of the tenant has this address."""

    code = "DUPLICATE_URL"


class DuplicateName(WrongState):
    """Another server of the tenant has this name."""

    code = "DUPLICATE_NAME"


class NotSpoken(InvalidInput):
    """A way of speaking to servers that the console does not have."""

    status_code = 400
    code = "TRANSPORT_NOT_SUPPORTED"


@dataclass(frozen=True)
class Wanted:
    """A server as somebody wants it; `rate_limit_requests` None is the usual limit, and
    `default_policy_id` the policy that is asked about tools without one of their own."""

    name: str
    url: str
    transport: McpTransport = McpTransport.HTTP
    description: str = ""
    auth_type: McpAuth = McpAuth.NONE
    credential_ref: str = ""
    requires_approval: bool = True
    default_policy_id: str = ""
    rate_limit_requests: int | None = None
    rate_limit_window_seconds: int = USUAL_WINDOW_SECONDS
    tags: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """Where it is really called."""
        return mcp_servers.endpoint_of(self.url, self.transport)

    @classmethod
    def of(cls, row: McpServer, **changes: Any) -> Self:
        """A server that is there, as it is but for the changes."""
        names = [one.name for one in fields(cls)]
        now = {name: getattr(row, name) for name in names} | changes
        kinds = {"transport": McpTransport, "auth_type": McpAuth}
        return cls(**now | {name: kind(now[name]) for name, kind in kinds.items()})


@transaction.atomic
def register(
    *, wanted: Wanted, by: Actor, now: datetime, ask_after: timedelta = timedelta(0)
) -> McpServer:
    """A new server, not yet asked; workers do so `ask_after` this. Raises NotPermitted,
    InvalidInput, NotSpoken, DuplicateUrl or DuplicateName; servers that were taken away do not
    count."""
    check(wanted, by=by)
    hold(by.tenant)
    chain = mcp_audit.held(by.tenant)
    _check_policy(wanted, by)
    others = McpServer.objects.for_tenant(by.tenant).in_use()
    if others.filter(url=wanted.endpoint).exists():
        raise DuplicateUrl("A server with this address is registered already.")
    if others.count() >= MOST:
        raise WrongState(f"There are {MOST} servers already; take one away first.")
    row = McpServer(
        tenant=by.tenant, registered_by=by.user, registered_at=now, updated_at=now,
        url=wanted.endpoint, transport=wanted.transport, next_check_at=now + ask_after,
        next_discovery_at=now,
    )  # fmt: skip
    _fill(row, wanted)
    _saved(row, is_new=True)
    audit.record(by=by, action="mcp_server.registered", about=row, after=told(row), now=now)
    event = mcp_audit.about_server(row, AuditType.SERVER_REGISTERED, by=by, told=told(row))
    mcp_audit.append([event], chain=chain, now=now)
    return row


@transaction.atomic
def change(*, server_id: str, wanted: Wanted, by: Actor, now: datetime) -> McpServer:
    """Set everything but where it is; a new key is tried out at once.

    Raises NotFound, NotPermitted, InvalidInput, WrongState or DuplicateName.
    """
    chain = mcp_audit.held(by.tenant)
    row = _locked(server_id, by)
    check(wanted, by=by)
    check_is_in_use(row)
    if (row.url, row.transport) != (wanted.endpoint, wanted.transport):
        raise InvalidInput("A server keeps its address; register another one instead.")
    if wanted.default_policy_id != row.default_policy_id:
        _check_policy(wanted, by)
    before, shown = told(row), (row.auth_type, row.credential_ref)
    _fill(row, wanted)
    if shown != (row.auth_type, row.credential_ref):
        row.next_check_at = row.next_discovery_at = now
    row.updated_at = now
    _saved(row)
    after = told(row)
    audit.record(by=by, action="mcp_server.changed", about=row, before=before, after=after, now=now)
    if changed := {name: value for name, value in after.items() if value != before[name]}:
        event = mcp_audit.about_server(
            row, AuditType.POLICY_UPDATED, by=by, told={"changed": changed}
        )
        mcp_audit.append([event], chain=chain, now=now)
    return row


@transaction.atomic
def disable(*, server_id: str, by: Actor, now: datetime) -> McpServer:
    """Take a server away: nothing of it is called or asked again, its history stays.

    Raises NotFound, NotPermitted or WrongState.
    """
    chain = mcp_audit.held(by.tenant)
    row = _locked(server_id, by)
    check_connects(by)
    check_is_in_use(row)
    before = {"status": str(row.status)}
    row.status, row.updated_at = McpServerStatus.DISABLED, now
    row.next_check_at = row.next_discovery_at = None
    row.save()
    audit.record(
        by=by, action="mcp_server.disabled", about=row, before=before,
        after={"status": str(row.status)}, now=now,
    )  # fmt: skip
    event = mcp_audit.about_server(row, AuditType.SERVER_UNREGISTERED, by=by, told=before)
    mcp_audit.append([event], chain=chain, now=now)
    return row


@transaction.atomic
def configure(*, two_people: bool, by: Actor, now: datetime) -> McpConfig:
    """Whether a tool that has drifted is approved by two people. Raises NotPermitted."""
    check_connects(by)
    chain = mcp_audit.held(by.tenant)
    row, _ = McpConfig.objects.select_for_update(of=("self",)).get_or_create(tenant=by.tenant)
    before = {"two_people": row.two_people}
    row.two_people, row.updated_at = two_people, now
    row.save()
    audit.record(
        by=by, action="mcp_config.changed", about=row, before=before,
        after={"two_people": two_people}, now=now,
    )  # fmt: skip
    event = Event(
        AuditType.POLICY_UPDATED, actor=by.label[:254],
        metadata=canonical({"two_people": two_people}),
    )  # fmt: skip
    mcp_audit.append([event], chain=chain, now=now)
    return row


def check(wanted: Wanted, *, by: Actor, has_key: bool = False) -> None:
    """Raises NotPermitted, NotSpoken, or InvalidInput with every fault by field; `has_key` if its
    key is yet to be stored."""
    check_connects(by)
    if wanted.transport not in SPOKEN:
        told = f"The console speaks to servers over HTTP only, not over {wanted.transport}."
        raise NotSpoken(told, fields={"transport": [told]})
    wrong = _faults(wanted) | _key_faults(wanted, by, has_key=has_key)
    if wrong:
        raise InvalidInput.of(wrong)


def told(row: McpServer) -> dict[str, Any]:
    """The server as the audit keeps it; the reference is masked."""
    return {
        "name": row.name,
        "url": row.url,
        "transport": str(row.transport),
        "status": str(row.status),
        "auth_type": str(row.auth_type),
        "credential": references.masked(row.credential_ref) if row.credential_ref else "",
        "requires_approval": row.requires_approval,
        "default_policy_id": row.default_policy_id,
        "rate_limit_requests": row.rate_limit_requests,
        "rate_limit_window_seconds": row.rate_limit_window_seconds,
        "tags": list(row.tags),
    }


def _faults(wanted: Wanted) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not 0 < len(wanted.name.strip()) <= MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {MAX_NAME} characters."]
    if not 0 < len(wanted.endpoint) <= MAX_URL:
        wrong["url"] = [f"Enter an address of at most {MAX_URL} characters."]
    if wanted.transport is McpTransport.HTTPS and not wanted.url.strip().startswith("https://"):
        wrong["url"] = ["Enter an address that begins with https://."]
    if len(wanted.description) > MAX_DESCRIPTION:
        wrong["description"] = [f"A description has at most {MAX_DESCRIPTION} characters."]
    rate = wanted.rate_limit_requests
    if rate is not None and not 1 <= rate <= MAX_RATE:
        wrong["rate_limit_requests"] = [f"Enter a number from 1 to {MAX_RATE:,}, or nothing."]
    if not 1 <= wanted.rate_limit_window_seconds <= MAX_WINDOW:
        wrong["rate_limit_window_seconds"] = [f"Enter seconds from 1 to {MAX_WINDOW:,}."]
    if len(wanted.tags) > MOST_TAGS or any(not 0 < len(one) <= MAX_TAG for one in wanted.tags):
        wrong["tags"] = [f"At most {MOST_TAGS} tags of at most {MAX_TAG} characters."]
    return wrong


def _key_faults(wanted: Wanted, by: Actor, *, has_key: bool) -> dict[str, list[str]]:
    if wanted.auth_type not in SHOWN:
        return {"auth_type": ["The console cannot sign in with OAuth yet; use a bearer token."]}
    if wanted.auth_type is McpAuth.NONE:
        told = "Say how the key is shown, or leave it out."
        return {"auth_type": [told]} if wanted.credential_ref or has_key else {}
    if has_key:
        return {}
    try:
        references.parse(
            wanted.credential_ref,
            tenant_id=by.tenant.pk,
            is_development=settings.CREDENTIALS_FROM_ENVIRONMENT,
        )
    except references.ReferenceFault as fault:
        return {"credential_ref": [str(fault)]}
    return {}


def _check_policy(wanted: Wanted, by: Actor) -> None:
    mcp_policies.checked(wanted.default_policy_id, tenant=by.tenant, field="default_policy_id")


def _locked(server_id: str, by: Actor) -> McpServer:
    rows = McpServer.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows, server_id, noun="MCP server")


def _fill(row: McpServer, wanted: Wanted) -> None:
    row.name, row.description = wanted.name.strip(), wanted.description.strip()
    row.auth_type, row.credential_ref = wanted.auth_type, wanted.credential_ref.strip()
    row.requires_approval = wanted.requires_approval
    row.default_policy_id = wanted.default_policy_id.strip()
    row.rate_limit_requests = wanted.rate_limit_requests
    row.rate_limit_window_seconds = wanted.rate_limit_window_seconds
    row.tags, row.metadata = list(wanted.tags), dict(wanted.metadata)


def _saved(row: McpServer, *, is_new: bool = False) -> None:
    naming.save(
        row, constraint="mcp_server_name_once", noun="a server", is_new=is_new,
        refusal=DuplicateName,
    )  # fmt: skip
