"""Writing a batch down: what it added and what it changed, in one go per table."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from loops.actions import policy_modes
from loops.engine import auditing
from loops.engine.bulk import insert_rows, update_rows
from loops.engine.catalogue import Entry
from loops.engine.workset import Workset
from loops.feed import entry_of
from loops.models import (
    LoopEvent,
    LoopTrace,
    PatternKey,
)

PATTERN_FIELDS = (
    "occurrence_count",
    "last_occurrence_at",
    "updated_at",
    "message_template",
    "template_text",
)
INCIDENT_FIELDS = (
    "matched_pattern",
    "match_confidence",
    "match_confidence_band",
    "recurrence_signature",
    "signature_version",
    "updated_at",
)
EVENT_FIELDS = (
    "status",
    "details",
    "failure_state",
    "confidence",
    "confidence_band",
    "requires_human_review",
    "finished_at",
)
TRACE_FIELDS = (
    "current_stage",
    "attempt",
    "stages",
    "failure_state",
    "failure_detail",
    "is_complete",
    "is_blocked",
    "pending_checkpoints",
    "narrative",
    "last_activity_at",
    "completed_at",
    "version",
    "next_run_at",
    "crashes",
)
POLICY_FIELDS = (*policy_modes.FIELDS, "generation_confidence")
_DROP_KEYS = """
DELETE FROM failure_pattern_keys k
USING unnest(%s::text[], %s::text[], %s::text[], %s::text[])
    AS d(tenant_id, bucket, key, pattern_id)
WHERE (k.tenant_id, k.bucket, k.key, k.pattern_id) = (d.tenant_id, d.bucket, d.key, d.pattern_id)
"""


def save(work: Workset, *, resumed: Sequence[LoopEvent], now: datetime) -> None:
    """Store everything the batch did; `resumed` are the events it found open."""
    _save_patterns(work)
    update_rows(work.changed_incidents, fields=INCIDENT_FIELDS)
    for loop in work.loops:
        loop.trace.last_activity_at = now
        loop.trace.version += 1
    update_rows([loop.trace for loop in work.loops], fields=TRACE_FIELDS)
    update_rows(list(resumed), fields=EVENT_FIELDS)
    insert_rows(work.events)
    insert_rows(work.recoveries)
    insert_rows(work.executions)
    insert_rows(work.new_policies)
    update_rows(list(work.changed_policies.values()), fields=POLICY_FIELDS)
    insert_rows(work.mode_changes)
    insert_rows(work.adjustments)
    insert_rows(work.checkpoints)
    auditing.note(work.loops, now=now)
    insert_rows([entry_of(loop.trace, kind=_kind(loop.trace), now=now) for loop in work.loops])


def _kind(trace: LoopTrace) -> str:
    return "checkpoint" if trace.is_blocked else "loop"


def _save_patterns(work: Workset) -> None:
    catalogue = work.catalogue
    created = {pattern.pk for pattern in catalogue.created}
    insert_rows(catalogue.created)
    known = [one for pk, one in sorted(catalogue.changed.items()) if pk not in created]
    update_rows(known, fields=PATTERN_FIELDS)
    insert_rows([_key(entry) for entry in sorted(catalogue.created_keys)], ignore_conflicts=True)
    _drop_keys(sorted(catalogue.dropped_keys))


def _key(entry: Entry) -> PatternKey:
    tenant_id, bucket, key, pattern_id = entry
    return PatternKey(tenant_id=tenant_id, bucket=bucket, key=key, pattern_id=pattern_id)


def _drop_keys(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DROP_KEYS, [list(column) for column in zip(*entries, strict=True)])
