"""The life of a data source: looked at, switched on and off, given up; its tags and its roles."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from integrations.actions.sources import MAX_TAG, MOST_TAGS, locked, moved, told
from integrations.domain import sources
from integrations.domain.sources import SourceStatus
from integrations.drivers.looking import Seen
from integrations.models import DataSource, SourceCheck
from m25console import audit
from m25console.access import Actor, check_administers
from m25console.refusals import InvalidInput, WrongState
from m25console.vocabulary import Role


@transaction.atomic
def activate(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Let it be used. Raises NotFound, NotPermitted or WrongState."""
    row = locked(source_id, by)
    check_can_activate(row, by)
    row.last_error = ""
    return _moved(row, SourceStatus.ACTIVE, by=by, now=now)


@transaction.atomic
def deactivate(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Pause it. Raises NotFound, NotPermitted or WrongState."""
    row = locked(source_id, by)
    check_can_deactivate(row, by)
    return _moved(row, SourceStatus.INACTIVE, by=by, now=now)


@transaction.atomic
def deprecate(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Mark it for removal, for good. Raises NotFound, NotPermitted or WrongState."""
    row = locked(source_id, by)
    check_can_deprecate(row, by)
    return _moved(row, SourceStatus.DEPRECATED, by=by, now=now)


@transaction.atomic
def keep(*, seen: Seen, of: DataSource, by: Actor, now: datetime) -> DataSource | None:
    """Store what a look found and move the source where it leads. None if it was configured
    otherwise in the meantime, or deleted: then it says nothing of it. Raises NotFound."""
    row = DataSource.objects.select_for_update(of=("self",)).get(pk=of.pk)
    if row.deleted_at is not None or row.config_version != of.config_version:
        return None
    before = SourceStatus(row.status)
    if seen.is_good:
        _connected(row, now)
    else:
        _failed(row, seen.message)
    row.updated_at = now
    row.save()
    SourceCheck.objects.create(
        tenant_id=row.tenant_id, source=row, at=now, is_good=seen.is_good, error=seen.error,
        message=seen.message, latency_ms=seen.latency_ms, names=list(seen.names),
        stages=[asdict(one) for one in seen.stages], by_label=by.label[:254],
    )  # fmt: skip
    if row.status != before:
        _recorded(row, before, by=by, now=now, note=seen.message)
    return row


@transaction.atomic
def add_tag(*, source_id: str, tag: str, by: Actor, now: datetime) -> DataSource:
    """Raises NotFound, NotPermitted or InvalidInput."""
    if not 0 < len(tag) <= MAX_TAG or not tag.isprintable():
        raise InvalidInput(f"A tag has up to {MAX_TAG} characters.")
    row = _with_list(source_id, "tags", sources.with_one, tag, by=by, now=now)
    if len(row.tags) > MOST_TAGS:
        raise InvalidInput(f"It has {MOST_TAGS} tags already; take one away first.")
    return row


@transaction.atomic
def remove_tag(*, source_id: str, tag: str, by: Actor, now: datetime) -> DataSource:
    """Raises NotFound or NotPermitted."""
    return _with_list(source_id, "tags", sources.without_one, tag, by=by, now=now)


@transaction.atomic
def grant(*, source_id: str, role: Role, by: Actor, now: datetime) -> DataSource:
    """Open it to a role, and to no other that is not named. Raises NotFound or NotPermitted."""
    return _with_list(source_id, "access_roles", sources.with_one, role, by=by, now=now)


@transaction.atomic
def revoke(*, source_id: str, role: Role, by: Actor, now: datetime) -> DataSource:
    """Take a role from the list; without any it is open to all. Raises NotFound, NotPermitted."""
    return _with_list(source_id, "access_roles", sources.without_one, role, by=by, now=now)


def check_can_activate(row: DataSource, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if row.status == SourceStatus.DEPRECATED:
        raise WrongState("It is to be removed; that cannot be taken back. Register it anew.")
    if row.status == SourceStatus.ACTIVE:
        raise WrongState("This data source is active already.")
    if row.proven_at is None:
        raise WrongState("Test it first: it was not found to work as it is configured now.")


def check_can_deactivate(row: DataSource, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if row.status in (SourceStatus.INACTIVE, SourceStatus.DEPRECATED):
        raise WrongState(f"This data source is {row.status} already.")


def check_can_deprecate(row: DataSource, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_administers(actor)
    if row.status == SourceStatus.DEPRECATED:
        raise WrongState("This data source is marked for removal already.")


def _connected(row: DataSource, now: datetime) -> None:
    before = SourceStatus(row.status_before_error) if row.status_before_error else None
    to = sources.after_connection(SourceStatus(row.status), before_error=before)
    if to != row.status:
        moved(row, to)
        row.last_error = ""
    row.last_connected_at = row.proven_at = now
    row.connection_count += 1


def _failed(row: DataSource, message: str) -> None:
    row.last_error, row.error_count = message, row.error_count + 1
    if row.status not in (SourceStatus.ERROR, SourceStatus.DEPRECATED):
        moved(row, SourceStatus.ERROR)


def _moved(row: DataSource, to: SourceStatus, *, by: Actor, now: datetime) -> DataSource:
    before = SourceStatus(row.status)
    moved(row, to)
    row.updated_at = now
    row.save()
    _recorded(row, before, by=by, now=now)
    return row


def _recorded(
    row: DataSource, before: SourceStatus, *, by: Actor, now: datetime, note: str = ""
) -> None:
    audit.record(
        by=by, action=f"data_source.{row.status}", about=row, before={"status": before},
        after={"status": row.status}, note=note, now=now,
    )  # fmt: skip


def _with_list(
    source_id: str, field: str, change: Callable[[list[str], str], list[str]], one: str, *,
    by: Actor, now: datetime,
) -> DataSource:  # fmt: skip
    row = locked(source_id, by)
    check_administers(by)
    before, held = told(row), list(getattr(row, field))
    if (changed := change(held, one)) == held:
        return row
    setattr(row, field, changed)
    row.updated_at = now
    row.save()
    audit.record(
        by=by, action="data_source.changed", about=row, before=before, after=told(row), now=now
    )
    return row
