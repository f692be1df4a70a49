"""The life of a data source: switched on and off, given up; its tags and its roles."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from integrations.actions.sources import MAX_TAG, MOST_TAGS, locked, moved, told
from integrations.domain import sources
from integrations.domain.sources import SourceStatus
from integrations.models import DataSource
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.refusals import InvalidInput, WrongState
from m25console.vocabulary import Role


@transaction.atomic
def activate(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Let it be used, and have it looked at from now on. Raises NotFound, NotPermitted or
    WrongState."""
    row = locked(source_id, by)
    check_can_activate(row, by)
    row.last_error, row.next_check_at = "", now
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
    check_connects(actor)
    if row.status == SourceStatus.DEPRECATED:
        raise WrongState("It is retired, which cannot be taken back. Register it anew.")
    if row.status == SourceStatus.ACTIVE:
        raise WrongState("This data source is active already.")
    if row.proven_at is None:
        raise WrongState("Test it first: it was not found to work as it is configured now.")


def check_can_deactivate(row: DataSource, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.status in (SourceStatus.INACTIVE, SourceStatus.DEPRECATED):
        raise WrongState(f"This data source is {row.status} already.")


def check_can_deprecate(row: DataSource, actor: Actor) -> None:
    """Raises NotPermitted or WrongState."""
    check_connects(actor)
    if row.status == SourceStatus.DEPRECATED:
        raise WrongState("This data source is retired already.")


def recorded(
    row: DataSource, before: SourceStatus, *, by: Actor, now: datetime, note: str = ""
) -> None:
    """Write down that its state is another now."""
    audit.record(
        by=by, action=f"data_source.{row.status}", about=row, before={"status": before},
        after={"status": row.status}, note=note, now=now,
    )  # fmt: skip


def _moved(row: DataSource, to: SourceStatus, *, by: Actor, now: datetime) -> DataSource:
    before = SourceStatus(row.status)
    moved(row, to)
    row.updated_at = now
    row.save()
    recorded(row, before, by=by, now=now)
    return row


def _with_list(
    source_id: str, field: str, change: Callable[[list[str], str], list[str]], one: str, *,
    by: Actor, now: datetime,
) -> DataSource:  # fmt: skip
    row = locked(source_id, by)
    check_connects(by)
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
