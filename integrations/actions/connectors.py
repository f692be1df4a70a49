"""Registering, changing, switching and deleting connectors, and keeping how a test went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.actions import addresses, naming
from integrations.domain import connector_settings, references
from integrations.domain.connectors import MAX_NAME, MOVES, ConnectorStatus, ConnectorType
from integrations.models import Connector
from integrations.permissions import check_can_switch
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import InvalidInput
from m25console.rows import check_room, found, hold

MOST: Final = 500  # of one tenant
MAX_ERROR: Final = 500  # characters of a test's error that are kept
KEPT_SECRET: Final = "***"  # noqa: S105 - what a page shows for one; sent back, it changes nothing


@dataclass(frozen=True)
class Wanted:
    """A connector as somebody wants it. Its secret is stored already, where `credential_ref`
    says, or given in parts, to be stored with it; a mask is the one that is stored."""

    name: str
    kind: ConnectorType
    config: Mapping[str, Any] = field(default_factory=dict)
    credential_ref: str = ""
    secret: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tested:
    """How a test went, in a sentence and stage by stage."""

    is_good: bool
    message: str
    stages: Sequence[Mapping[str, Any]] = ()


@transaction.atomic
def register(*, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """A new connector, not yet connected, whose addresses were checked and whose secret is stored.
    Raises NotPermitted, InvalidInput, or WrongState for a name that is taken."""
    check_connects(by)
    check(wanted, tenant=by.tenant)
    hold(by.tenant)
    check_room(Connector.objects.for_tenant(by.tenant), most=MOST, noun="connectors")
    row = Connector(
        tenant=by.tenant, connector_type=wanted.kind, created_by=by.user, created_at=now,
        updated_at=now,
    )  # fmt: skip
    _fill(row, wanted)
    _saved(row, is_new=True)
    audit.record(by=by, action="connector.registered", about=row, after=told(row), now=now)
    return row


@transaction.atomic
def change(*, connector_id: str, wanted: Wanted, by: Actor, now: datetime) -> Connector:
    """Set everything but its type; one that is reached in another way, which was checked, has to be
    tested again.

    Raises NotFound, NotPermitted, InvalidInput or WrongState.
    """
    row = locked(connector_id, by)
    check_connects(by)
    if wanted.kind != row.connector_type:
        raise InvalidInput("A connector keeps its type; register a new one instead.")
    check(wanted, tenant=by.tenant, has_secret=bool(row.credential_ref))
    before, reached_by = told(row), (row.credential_ref, row.config)
    _fill(row, wanted)
    if reached_by != (row.credential_ref, row.config):
        row.last_stages, row.last_error = [], ""
        if row.status != ConnectorStatus.DEPRECATED:
            row.status = ConnectorStatus.CONFIGURING
    row.updated_at = now
    _saved(row)
    audit.record(
        by=by, action="connector.changed", about=row, before=before, after=told(row), now=now
    )
    return row


@transaction.atomic
def switch(*, connector_id: str, to: ConnectorStatus, by: Actor, now: datetime) -> Connector:
    """Let nothing through it, retire it, or let it in again.

    Raises NotFound, NotPermitted or WrongState.
    """
    row = locked(connector_id, by)
    check_can_switch(row, by, to=to)
    before = row.status
    row.status, row.updated_at = to, now
    row.save()
    audit.record(
        by=by, action=f"connector.{to}", about=row, before={"status": before},
        after={"status": to}, now=now,
    )  # fmt: skip
    return row


@transaction.atomic
def delete(*, connector_id: str, by: Actor, now: datetime) -> None:
    """Take it away; what was called through it stays. Raises NotFound or NotPermitted."""
    row = locked(connector_id, by)
    check_connects(by)
    before = told(row)
    row.status, row.deleted_at, row.updated_at = ConnectorStatus.DISCONNECTED, now, now
    row.save()
    audit.record(by=by, action="connector.deleted", about=row, before=before, now=now)


@transaction.atomic
def keep_test(looked_at: Connector, found: Tested, *, by: Actor, now: datetime) -> Connector | None:
    """Store how a test went and move the connector where it leads. None if what was tested is not
    what is configured now, or may not be connected any more."""
    row = locked(looked_at.pk, by)
    if (row.credential_ref, row.config) != (looked_at.credential_ref, looked_at.config):
        return None
    to = ConnectorStatus.CONNECTED if found.is_good else ConnectorStatus.ERROR
    before = ConnectorStatus(row.status)
    if to not in MOVES[before]:
        return None
    row.status, row.updated_at = to, now
    row.last_stages = [dict(one) for one in found.stages]
    row.last_error = "" if found.is_good else found.message[:MAX_ERROR]
    if found.is_good:
        row.last_connected_at, row.connection_count = now, row.connection_count + 1
        row.failures, row.failing_since = 0, None
    else:
        row.error_count += 1
    row.save()
    if before != to:
        audit.record(
            by=by, action=f"connector.{to}", about=row, before={"status": before},
            after={"status": to}, note=row.last_error, now=now,
        )  # fmt: skip
    return row


def check(wanted: Wanted, *, tenant: Tenant, has_secret: bool = False) -> None:
    """Raises InvalidInput with every fault by field. `has_secret`: one is stored for it already."""
    wrong: dict[str, list[str]] = {}
    if not wanted.name.strip() or len(wanted.name) > MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {MAX_NAME} characters."]
    settings = connector_settings.faults(wanted.kind, wanted.config)
    wrong |= {name: [sentence] for name, sentence in settings.items()}
    if not settings and (fault := _secret_fault(wanted, tenant, has_secret=has_secret)):
        wrong["credentials"] = [fault]
    if wrong:
        raise InvalidInput.of(wrong)


def check_addresses(kind: ConnectorType, config: Mapping[str, Any]) -> None:
    """Raises ForbiddenUrl for an address that may not be called. Asks for the names of servers: not
    for use in a transaction."""
    if not connector_settings.faults(kind, config):
        addresses.check(connector_settings.urls(kind, config).values())


def locked(connector_id: str, by: Actor) -> Connector:
    """The connector, until the transaction ends. Raises NotFound."""
    rows = Connector.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows, connector_id, noun="connector")


def told(row: Connector) -> dict[str, Any]:
    """The connector as the audit keeps it; the reference is masked."""
    return {
        "name": row.name,
        "type": str(row.connector_type),
        "config": dict(row.config),
        "credential": references.masked(row.credential_ref) if row.credential_ref else "",
        "metadata": dict(row.metadata),
        "status": str(row.status),
    }


def _secret_fault(wanted: Wanted, tenant: Tenant, *, has_secret: bool) -> str:
    parts = connector_settings.secret_parts(wanted.kind, wanted.config)
    if wanted.secret:
        if set(wanted.secret) != set(parts) or not all(wanted.secret.values()):
            return f"Give {' and '.join(parts)}." if parts else "It needs no secret."
        return ""
    if wanted.credential_ref:
        try:
            known = references.parse(
                wanted.credential_ref, tenant_id=tenant.pk, is_development=False
            )
        except references.ReferenceFault as fault:
            return str(fault)
        is_stored = known.scheme is references.Scheme.VAULT
        return "" if is_stored else "Refer to a stored credential, by cus-vault://."
    return f"Give {' and '.join(parts)}." if parts and not has_secret else ""


def _fill(row: Connector, wanted: Wanted) -> None:
    assert not wanted.secret  # it is stored before, where a vault may be asked
    row.name = wanted.name.strip()
    row.config = connector_settings.settled(wanted.kind, wanted.config)
    row.metadata = dict(wanted.metadata)
    if wanted.credential_ref:
        row.credential_ref = wanted.credential_ref.strip()
    if not connector_settings.secret_parts(wanted.kind, wanted.config):
        row.credential_ref = ""


def _saved(row: Connector, *, is_new: bool = False) -> None:
    naming.save(row, constraint="connector_name_once", noun="a connector", is_new=is_new)
