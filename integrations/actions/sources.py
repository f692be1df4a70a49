"""Registering, changing and deleting a tenant's data sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from integrations.actions import addresses, credentials, looks, naming
from integrations.domain import health, reaching, source_configs
from integrations.domain.engines import ENGINES, Engine
from integrations.domain.sources import SOURCE_MOVES, SourceStatus, SourceType
from integrations.models import Credential, DataSource
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import check_room, found, hold
from m25console.scrubbing import scrubbed
from m25console.vocabulary import Role

MOST: Final = 500  # of one tenant
MAX_NAME: Final = 255
MAX_DESCRIPTION: Final = 2000
MOST_TAGS: Final = 20
MAX_TAG: Final = 50


@dataclass(frozen=True)
class Wanted:
    """A data source as somebody wants it. In a change, None stays as it is, and of the
    configuration what is not named; `***` keeps a secret and null takes a setting away."""

    name: str | None = None
    config: Mapping[str, Any] | None = None
    description: str | None = None
    tags: Sequence[str] | None = None
    metadata: Mapping[str, Any] | None = None
    access_roles: Sequence[str] | None = None
    check_every_seconds: int | None = None


@dataclass(frozen=True)
class Stored:
    """A configuration with marks in place of its secrets, and the reference to where these were
    stored, empty if there are none. `version` is the one it was made from."""

    source_id: str
    config: Mapping[str, Any]
    reference: str = ""
    version: int = 1


@transaction.atomic
def register(
    *, source_type: SourceType, wanted: Wanted, stored: Stored, by: Actor, now: datetime
) -> DataSource:
    """A new source, not yet switched on, that was checked and whose secrets are stored. Raises
    NotPermitted, or WrongState for a name that is taken."""
    check_connects(by)
    hold(by.tenant)
    check_room(DataSource.objects.for_tenant(by.tenant), most=MOST, noun="data sources")
    row = DataSource(
        pk=stored.source_id, tenant=by.tenant, source_type=source_type, owner=by.user,
        config=dict(stored.config), credential_ref=stored.reference, created_at=now, updated_at=now,
    )  # fmt: skip
    _fill(row, wanted)
    _saved(row, is_new=True)
    audit.record(by=by, action="data_source.registered", about=row, after=told(row), now=now)
    return row


@transaction.atomic
def change(
    *, source_id: str, wanted: Wanted, stored: Stored | None, by: Actor, now: datetime
) -> DataSource:
    """Set what is given. With another configuration, which was checked and whose secrets are
    `stored`, it has to be tested and switched on again; secrets that it had before are destroyed.

    Raises NotFound, NotPermitted, or WrongState.
    """
    row = locked(source_id, by)
    check_connects(by)
    before = told(row)
    _fill(row, wanted)
    if stored is not None:
        _configure(row, stored, by=by, now=now)
    row.updated_at = now
    _saved(row)
    audit.record(
        by=by, action="data_source.changed", about=row, before=before, after=told(row), now=now
    )
    return row


@transaction.atomic
def delete(*, source_id: str, by: Actor, now: datetime) -> None:
    """Take it away, its secrets destroyed. Raises NotFound or NotPermitted."""
    row = locked(source_id, by)
    check_connects(by)
    _delete(row, by=by, now=now)


def check(
    source_type: SourceType, wanted: Wanted, config: Mapping[str, Any], *, is_new: bool = False
) -> None:
    """Raises InvalidInput with every fault by field, or ForbiddenUrl for a server that may not be
    called. May ask for the name of the server: not for use in a transaction."""
    wrong = _faults(wanted, is_new=is_new)
    wrong |= {name: [one] for name, one in source_configs.faults(config).items()}
    if wrong:
        raise InvalidInput.of(wrong)
    shown, fresh = source_configs.split(config)
    known = source_configs.joined(shown, fresh)
    try:
        engine = reaching.engine_for(source_type, known)
    except reaching.CannotReach as unclear:
        raise InvalidInput.of({"config": [str(unclear)]}) from None
    if engine is not Engine.FOLDER:
        _check_leads_outside(source_type, known)


def locked(source_id: str, by: Actor) -> DataSource:
    """One of the tenant's, for a change. Raises NotFound."""
    rows = DataSource.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows.select_related("tenant"), source_id, noun="data source")


def told(row: DataSource) -> dict[str, Any]:
    """The source as the audit keeps it; there are marks for its secrets."""
    return {
        "name": row.name,
        "source_type": str(row.source_type),
        "config": dict(row.config),
        "status": str(row.status),
        "description": row.description,
        "tags": list(row.tags),
        "metadata": dict(row.metadata),
        "access_roles": list(row.access_roles),
        "check_every_seconds": row.check_every_seconds,
    }


def moved(row: DataSource, to: SourceStatus) -> None:
    """Set the state, by the table of moves; what is not in use is not looked at by itself any more.
    The row is not saved here. Raises WrongState."""
    before = SourceStatus(row.status)
    if to not in SOURCE_MOVES[before]:
        raise WrongState(f"A data source that is {before} cannot become {to}.")
    row.status_before_error = before if to is SourceStatus.ERROR else None
    row.status = to
    if to is not SourceStatus.ERROR:
        row.failing_since, row.failures = None, 0
    if to not in (SourceStatus.ERROR, SourceStatus.ACTIVE):
        looks.ended(row, again=None)


def _configure(row: DataSource, stored: Stored, *, by: Actor, now: datetime) -> None:
    if row.config_version != stored.version:
        raise WrongState("Somebody else changed it a moment ago. Look at it, then try again.")
    if (row.config, row.credential_ref) == (stored.config, stored.reference):
        return
    if row.credential_ref != stored.reference:
        _destroy_secrets(row, by=by, now=now)
    row.config, row.credential_ref = dict(stored.config), stored.reference
    row.config_version, row.proven_at = row.config_version + 1, None
    if row.status != SourceStatus.CONFIGURING:
        moved(row, SourceStatus.CONFIGURING)


def _destroy_secrets(row: DataSource, *, by: Actor, now: datetime) -> None:
    """Those it refers to, unless that was done already."""
    kept = row.credential_ref.rpartition("/")[2]
    if kept and Credential.objects.for_tenant(by.tenant).filter(pk=kept).exists():
        credentials.delete(credential_id=kept, by=by, now=now)


def _fill(row: DataSource, wanted: Wanted) -> None:
    if wanted.name is not None:
        row.name = wanted.name.strip()
    if wanted.description is not None:
        row.description = wanted.description.strip()
    if wanted.tags is not None:
        row.tags = list(dict.fromkeys(wanted.tags))
    if wanted.access_roles is not None:
        row.access_roles = list(dict.fromkeys(wanted.access_roles))
    if wanted.check_every_seconds is not None:
        row.check_every_seconds = wanted.check_every_seconds
    if wanted.metadata is not None:
        row.metadata = {
            name: scrubbed(value) if isinstance(value, str) else value
            for name, value in wanted.metadata.items()
        }


def _faults(wanted: Wanted, *, is_new: bool) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    name = wanted.name or ""
    if (is_new or wanted.name is not None) and not 0 < len(name.strip()) <= MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {MAX_NAME} characters."]
    if len(wanted.description or "") > MAX_DESCRIPTION:
        wrong["description"] = [f"Describe it in at most {MAX_DESCRIPTION:,} characters."]
    tags = wanted.tags or ()
    if len(tags) > MOST_TAGS or any(not 0 < len(one) <= MAX_TAG for one in tags):
        wrong["tags"] = [f"Give it at most {MOST_TAGS} tags of up to {MAX_TAG} characters."]
    if set(wanted.access_roles or ()) - set(Role):
        wrong["access_roles"] = [f"Roles are {', '.join(Role)}."]
    every = wanted.check_every_seconds
    if every is not None and (fault := health.interval_fault(every)):
        wrong["check_every_seconds"] = [fault]
    if fault := source_configs.metadata_fault(wanted.metadata or {}):
        wrong["metadata"] = [fault]
    return wrong


def _check_leads_outside(source_type: SourceType, config: Mapping[str, Any]) -> None:
    try:
        reach = reaching.reach_of(source_type, config, plain_at=settings.OUTBOUND_ALLOW)
    except reaching.CannotReach:
        return  # not told yet where it is
    if ENGINES[reach.engine].scheme == "https":
        addresses.check([reach.url])
    else:
        addresses.check_server(reach.host, reach.port)


def _delete(row: DataSource, *, by: Actor, now: datetime) -> None:
    before = told(row)
    _destroy_secrets(row, by=by, now=now)
    row.credential_ref, row.deleted_at, row.updated_at = "", now, now
    looks.ended(row, again=None)
    row.save()
    audit.record(by=by, action="data_source.deleted", about=row, before=before, now=now)


def _saved(row: DataSource, *, is_new: bool = False) -> None:
    naming.save(row, constraint="data_source_name_once", noun="a data source", is_new=is_new)
