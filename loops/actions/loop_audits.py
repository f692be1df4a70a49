"""What loops say about their own runs, in one statement for any number of loops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from django.db import connection

from loops.domain.governance import ENDED
from loops.domain.loop_contract import PROMISES, Standing, Word, owed, word_of
from loops.domain.runtime_audit import (
    CHECK_AFTER_COMPLETION,
    CHECK_AFTER_FAILURE,
    FINALIZE_RUN,
    LIVENESS,
)
from loops.domain.states import (
    AckStatus,
    AuditStatus,
    FailureState,
    ReconciliationStatus,
    RunPhase,
    RunStatus,
    Stage,
)
from loops.models import AuditAck, AuditExpectation, AuditRun, LoopTrace


@dataclass(frozen=True)
class Note:
    """The word of one loop. `is_first` if the loop was never advanced before, so that its run is
    declared with it."""

    tenant_id: str
    loop_id: str
    word: Word
    is_first: bool = False


# A loop that was just advanced is not due again, so whatever it has not acknowledged waits for
# somebody and has no deadline until then.
_WRITE: Final = f"""
WITH loops AS (
    SELECT * FROM json_to_recordset(%(loops)s::json) AS l(
        tenant_id text, loop_id text, is_first boolean, phase text, status text,
        status_code text, check_at timestamptz)
), words AS (
    SELECT * FROM json_to_recordset(%(words)s::json) AS w(
        loop_id text, domain text, action text, status text, means text, result_id text,
        error text, metadata jsonb)
), promises AS (
    SELECT * FROM json_to_recordset(%(promises)s::json) AS p(
        domain text, action text, deadline_ms int, metadata jsonb)
), runs AS (
    INSERT INTO audit_runs AS r (tenant_id, run_id, trace_id, phase, status, status_code,
                                 next_check_at, created_at)
    SELECT tenant_id, loop_id, loop_id, phase, status, status_code, check_at, %(now)s FROM loops
    ON CONFLICT (tenant_id, run_id) DO UPDATE
        SET phase = excluded.phase, status = excluded.status,
            status_code = excluded.status_code, next_check_at = excluded.next_check_at
    RETURNING id, tenant_id, run_id
), promised AS (
    INSERT INTO audit_expectations (tenant_id, run_id, domain, action, status, deadline_ms,
                                    due_at, acked_at, metadata, created_at)
    SELECT r.tenant_id, r.id, p.domain, p.action, coalesce(w.means, '{AuditStatus.PENDING}'),
           p.deadline_ms,
           CASE WHEN w.means IS NOT NULL THEN %(now)s + p.deadline_ms * interval '1 ms' END,
           CASE w.means WHEN '{AuditStatus.ACKED}' THEN %(now)s END, p.metadata, %(now)s
    FROM runs r JOIN loops l ON l.loop_id = r.run_id AND l.is_first
    CROSS JOIN promises p
    LEFT JOIN words w ON (w.loop_id, w.domain, w.action) = (r.run_id, p.domain, p.action)
    ON CONFLICT (run_id, domain, action) DO NOTHING
), stands AS (
    SELECT e.id, coalesce(w.means, CASE e.status WHEN '{AuditStatus.MISSING}'
                                   THEN '{AuditStatus.PENDING}' ELSE e.status END) AS status,
           w.means IS NOT NULL AS is_new
    FROM runs r JOIN loops l ON l.loop_id = r.run_id AND NOT l.is_first
    JOIN audit_expectations e ON e.run_id = r.id
    LEFT JOIN words w ON (w.loop_id, w.domain, w.action) = (r.run_id, e.domain, e.action)
), kept AS (
    UPDATE audit_expectations e
    SET status = s.status,
        acked_at = CASE WHEN s.is_new AND s.status = '{AuditStatus.ACKED}'
                        THEN %(now)s ELSE e.acked_at END,
        due_at = CASE s.status WHEN '{AuditStatus.PENDING}' THEN NULL ELSE e.due_at END
    FROM stands s WHERE s.id = e.id
)
INSERT INTO audit_acks (tenant_id, run_id, domain, action, status, result_id, error, metadata,
                        created_at)
SELECT r.tenant_id, r.id, w.domain, w.action, w.status, w.result_id, w.error, w.metadata, %(now)s
FROM words w JOIN runs r ON r.run_id = w.loop_id
"""  # noqa: S608 - states are constants of the domain
_PROMISES: Final = orjson.dumps(
    [
        {
            "domain": one.key.domain,
            "action": one.key.action,
            "deadline_ms": one.deadline_ms,
            "metadata": LIVENESS if one.key == FINALIZE_RUN else {},
        }
        for one in PROMISES
    ]
).decode()


def write(notes: Sequence[Note], *, now: datetime) -> None:
    """Store what these loops say; call it in the transaction of what they say it about.

    A run is declared with its loop's first word. A loop older than the contract is declared from
    its history, which holds everything there is to say.
    """
    told = declare_older([note.loop_id for note in notes if not note.is_first], now=now)
    left = [note for note in notes if note.loop_id not in told]
    rows: dict[str, str | datetime] = {
        "loops": orjson.dumps([_loop_row(note, now) for note in left]).decode(),
        "words": orjson.dumps(_word_rows(left)).decode(),
        "promises": _PROMISES,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, rows)


def declare_older(loop_ids: Sequence[str], *, now: datetime) -> set[str]:
    """Declare from their history the runs of those of these loops that have none; their ids."""
    if not loop_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT declare_loop_runs(%s, %s)", [list(loop_ids), now])
        return {loop_id for (loop_id,) in cursor.fetchall()}


def _loop_row(note: Note, now: datetime) -> dict[str, Any]:
    word = note.word
    return {
        "tenant_id": note.tenant_id,
        "loop_id": note.loop_id,
        "is_first": note.is_first,
        "phase": word.phase,
        "status": word.status,
        "status_code": word.status_code,
        "check_at": check_at(word.phase, now=now),
    }


def check_at(phase: RunPhase, *, now: datetime) -> datetime | None:
    """When a run that has just come to this phase is to be reconciled, if it has ended."""
    if phase not in ENDED:
        return None
    return now + (CHECK_AFTER_COMPLETION if phase is RunPhase.COMPLETED else CHECK_AFTER_FAILURE)


def _word_rows(notes: Sequence[Note]) -> list[dict[str, Any]]:
    return [
        {
            "loop_id": note.loop_id,
            "domain": ack.key.domain,
            "action": ack.key.action,
            "status": ack.status,
            "means": ack.means,
            "result_id": ack.result_id,
            "error": ack.error,
            "metadata": ack.metadata,
        }
        for note in notes
        for ack in note.word.acks
    ]


def stopped(trace: LoopTrace, *, now: datetime) -> None:
    """Say that an action, not a stage, ended this loop; its columns say how."""
    standing = Standing(
        loop_id=trace.pk,
        incident_id=trace.incident_id,
        stage=Stage(trace.current_stage),
        completed=[Stage(one) for one in trace.stages["completed"]],
        stopped_by=FailureState(trace.failure_state or ""),
        detail=trace.failure_detail,
    )
    write([Note(trace.tenant_id, trace.pk, word_of(standing))], now=now)


def reverted(trace: LoopTrace, *, now: datetime) -> None:
    """End the run of a loop that was reverted under way. A run that had ended did what it
    promised; that its work was undone later is another story."""
    ended = AuditRun.objects.filter(tenant=trace.tenant_id, run_id=trace.pk, phase__in=ENDED)
    if not ended.exists():
        stopped(trace, now=now)


# The run is locked first, as everywhere, so that nobody waits for its promises crosswise.
_RESUME: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT id FROM audit_runs WHERE tenant_id = %s AND run_id = %s FOR UPDATE
), due AS (
    UPDATE audit_expectations e SET due_at = %s + e.deadline_ms * interval '1 ms'
    FROM mine WHERE e.run_id = mine.id AND e.status = '{AuditStatus.PENDING}'
    RETURNING e.run_id, e.due_at
)
UPDATE audit_runs r SET next_check_at = d.due_at
FROM (SELECT run_id, min(due_at) AS due_at FROM due GROUP BY run_id) d WHERE r.id = d.run_id
"""  # noqa: S608 - states are constants of the domain


def resumed(trace: LoopTrace, *, now: datetime) -> None:
    """A person let the loop go on: from now its deadlines run again."""
    with connection.cursor() as cursor:
        cursor.execute(_RESUME, [trace.tenant_id, trace.pk, now])


def reopened(trace: LoopTrace, *, reason: str, now: datetime) -> None:
    """Take back what a stopped loop said of the stages it never came to; it goes on after all."""
    declare_older([trace.pk], now=now)
    run = AuditRun.objects.locked().get(tenant_id=trace.tenant_id, run_id=trace.pk)
    open_keys = owed([Stage(one) for one in trace.stages["completed"]])
    taken_back = [
        one
        for one in AuditExpectation.objects.filter(run=run, status=AuditStatus.ACKED)
        if (one.domain, one.action) in open_keys
    ]
    AuditAck.objects.bulk_create(
        AuditAck(
            tenant_id=run.tenant_id, run=run, domain=one.domain, action=one.action,
            status=AckStatus.ROLLED_BACK, rolled_back=True, rollback_reason=reason, created_at=now,
        )
        for one in taken_back
    )  # fmt: skip
    for one in taken_back:
        one.status = AuditStatus.FAILED
    AuditExpectation.objects.bulk_update(taken_back, ["status"])
    run.phase, run.status, run.status_code = RunPhase.EXECUTING, RunStatus.RUNNING, ""
    run.reconciliation, run.next_check_at = ReconciliationStatus.INCOMPLETE, now
    run.save(update_fields=["phase", "status", "status_code", "reconciliation", "next_check_at"])
