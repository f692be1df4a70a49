"""Writing the audit: one row per decision or change of configuration, in its transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models

from m25console.access import Actor
from m25console.models import AuditEntry


def entry(
    *,
    by: Actor,
    action: str,
    about: models.Model,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> AuditEntry:
    """An unsaved audit row, for bulk_create; record() saves a single one.

    `action` reads like `token.created`; `about` is named by its table and primary key, so the
    row outlives it. Of `before` and `after` only what differs is kept. Never pass a secret.
    """
    old, new = _differences(before, after)
    return AuditEntry(
        tenant=by.tenant,
        actor=by.user,
        actor_label=by.label,
        door=by.door,
        action=action,
        object_type=about._meta.db_table,
        object_id=str(about.pk),
        before=old,
        after=new,
        note=note,
        at=now,
    )


def record(
    *,
    by: Actor,
    action: str,
    about: models.Model,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> AuditEntry:
    """As entry(), saved. Call it inside the transaction of the change it tells of."""
    row = entry(by=by, action=action, about=about, now=now, before=before, after=after, note=note)
    row.save(force_insert=True)
    return row


def _differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if before is None or after is None:
        return (
            dict(before) if before is not None else None,
            dict(after) if after is not None else None,
        )
    missing = object()
    changed = {
        key
        for key in before.keys() | after.keys()
        if before.get(key, missing) != after.get(key, missing)
    }
    return (
        {key: value for key, value in before.items() if key in changed},
        {key: value for key, value in after.items() if key in changed},
    )
