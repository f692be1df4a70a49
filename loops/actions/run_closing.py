"""Closing a run that its sender reports: incident, policy evaluation and the end of its trace are
written together or not at all, and told only once they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import InterfaceError, OperationalError, transaction

from loops.actions import audits, evaluations, incidents
from loops.actions.governance import governance
from loops.actions.incidents import Intake, Receipt, Report
from loops.domain.governance import ENDED, path
from loops.domain.runtime_audit import (
    COMPLETE_TRACE,
    CREATE_INCIDENT,
    EVALUATE_POLICY,
    Ack,
    Key,
)
from loops.domain.states import AckStatus, RunPhase, RunStatus, TrafficLabel, TransactionPhase
from loops.models import AuditRun, PolicyEvaluation
from m25console.access import Actor
from m25console.refusals import InvalidInput, NotFound, Refusal, WrongState

SOURCE: Final = "api"  # as for incidents that are reported by themselves
LABELS: Final[Mapping[RunStatus, TrafficLabel]] = {
    RunStatus.SUCCEEDED: TrafficLabel.GOOD,
    RunStatus.FAILED: TrafficLabel.BAD,
}
# What each phase wrote, and so what is taken back when a later one fails.
WRITTEN_IN: Final[Mapping[TransactionPhase, Key]] = {
    TransactionPhase.INCIDENT_CREATED: CREATE_INCIDENT,
    TransactionPhase.POLICY_EVALUATED: EVALUATE_POLICY,
    TransactionPhase.TRACE_COMPLETED: COMPLETE_TRACE,
}
MAX_REASON: Final = 500  # characters


@dataclass(frozen=True)
class Closing:
    """How a run ended. `evaluation_id` is what the sender was answered when it asked before
    acting; `trace_id` is the sender's own."""

    outcome: RunStatus
    incident: Report | None = None
    evaluation_id: str | None = None
    trace_id: str | None = None
    code: str = ""


@dataclass
class Progress:
    """How far a closing came, and the ids of what it wrote on the way."""

    phase: TransactionPhase = TransactionPhase.NOT_STARTED
    results: dict[str, str] = field(default_factory=dict)
    written: list[TransactionPhase] = field(default_factory=list)

    def reached(self, phase: TransactionPhase, **results: str) -> None:
        self.phase = phase
        self.written.append(phase)
        self.results |= results


@dataclass(frozen=True)
class Closed:
    """A closed run. `is_new` unless it was closed in the same way before."""

    run: AuditRun
    results: Mapping[str, str]
    is_new: bool


class RunNotClosed(Refusal):
    """Nothing of a closing was kept; says how far it came and what it had written by then."""

    code = "run_not_closed"

    def __init__(self, progress: Progress, cause: Exception) -> None:
        told = str(cause) if isinstance(cause, Refusal) else "Something could not be stored."
        super().__init__(f"{told} Nothing of it was kept; the run is as it was.")
        self.status_code = cause.status_code if isinstance(cause, Refusal) else 500
        self.phase = progress.phase
        self.partial_results = dict(progress.results)


def close(*, run_id: str, closing: Closing, by: Actor, now: datetime) -> Closed:
    """End a run, with what it led to.

    Raises NotFound, WrongState or InvalidInput before anything was written; RunNotClosed where a
    later step failed, after its rollback was acknowledged in a transaction of its own.
    """
    progress = Progress()
    try:
        with transaction.atomic():
            return _close(run_id, closing, progress, by=by, now=now)
    except (OperationalError, InterfaceError):
        raise  # out of reach: nothing can be acknowledged either
    except Exception as error:
        if not progress.written:
            raise
        if governance().rollback_audit:
            _acknowledge_rollback(run_id, progress, error, by=by, now=now)
        raise RunNotClosed(progress, error) from error


def _close(
    run_id: str, closing: Closing, progress: Progress, *, by: Actor, now: datetime
) -> Closed:
    run = audits.locked_run(run_id, by=by)
    if run.phase in ENDED and run.status == closing.outcome:
        return Closed(run, _results_of(run), is_new=False)
    succeeded = closing.outcome is RunStatus.SUCCEEDED
    phase = RunPhase.COMPLETED if succeeded else RunPhase.FAILED
    _check(run, closing, phase)
    _write_incident(run, closing, progress, by=by, now=now)
    _write_evaluation(run, closing, progress, by=by, now=now)
    _write_trace(run, closing, progress, now=now)
    audits.enter(
        run, phase, by=by, now=now, status=closing.outcome, code=closing.code,
        through=path(RunPhase(run.phase), phase)[:-1],
    )  # fmt: skip
    return Closed(run, progress.results, is_new=True)


def _check(run: AuditRun, closing: Closing, phase: RunPhase) -> None:
    audits.check_goes_on(run)
    rules = governance()
    if not rules.coordinator:
        raise WrongState("This console only observes runs; it closes none.")
    if rules.phase_invariant and len(path(RunPhase(run.phase), phase)) > 1:
        raise WrongState(f"A run in phase {run.phase} cannot be closed yet.")
    has_failed = closing.outcome is RunStatus.FAILED
    if has_failed and closing.incident is None and not audits.stands(run, CREATE_INCIDENT):
        wrong = "A failed run is closed with its incident."
        raise InvalidInput(wrong, fields={"/incident": [wrong]})


def _write_incident(
    run: AuditRun, closing: Closing, progress: Progress, *, by: Actor, now: datetime
) -> None:
    if closing.incident is None:
        if not audits.stands(run, CREATE_INCIDENT):
            needless = {"not_needed": f"The run {closing.outcome} without an incident."}
            audits.keep(run, [Ack(CREATE_INCIDENT, metadata=needless)], now=now)
        return
    [receipt] = incidents.report(
        tenant=by.tenant, source=SOURCE, reports=[closing.incident], now=now
    )
    _check_taken(receipt)
    progress.reached(
        TransactionPhase.INCIDENT_CREATED,
        incident_id=receipt.incident_id,
        loop_id=receipt.loop_id,
    )
    _keep_once(run, Ack(CREATE_INCIDENT, result_id=receipt.incident_id), now=now)


def _check_taken(receipt: Receipt) -> None:
    if receipt.status is Intake.CONFLICT:
        raise WrongState(
            f"Incident {receipt.incident_id} was reported under the same external id, with other "
            "content."
        )
    if receipt.status is Intake.PREVENTED:
        raise WrongState(f"Prevention {receipt.prevention_id} stopped what is reported.")


def _write_evaluation(
    run: AuditRun, closing: Closing, progress: Progress, *, by: Actor, now: datetime
) -> None:
    """The evaluation learns what its request turned out to be."""
    if closing.evaluation_id is None:
        return
    label = LABELS.get(closing.outcome)
    mine = PolicyEvaluation.objects.for_tenant(by.tenant).filter(pk=closing.evaluation_id)
    if label is None and not mine.exists():
        raise NotFound("There is no such evaluation.")
    if label is not None:
        evaluations.label(
            evaluation_id=closing.evaluation_id,
            label=label,
            source=f"run {run.run_id}"[:254],
            by=by,
            now=now,
        )
    progress.reached(TransactionPhase.POLICY_EVALUATED, evaluation_id=closing.evaluation_id)
    _keep_once(run, Ack(EVALUATE_POLICY, result_id=closing.evaluation_id), now=now)


def _write_trace(run: AuditRun, closing: Closing, progress: Progress, *, now: datetime) -> None:
    if closing.trace_id is None:
        return
    progress.reached(TransactionPhase.TRACE_COMPLETED, trace_id=closing.trace_id)
    _keep_once(run, Ack(COMPLETE_TRACE, result_id=closing.trace_id), now=now)


def _keep_once(run: AuditRun, ack: Ack, *, now: datetime) -> None:
    """Acknowledge what the sender has not acknowledged itself."""
    if not audits.stands(run, ack.key):
        audits.keep(run, [ack], now=now)


def _results_of(run: AuditRun) -> dict[str, str]:
    names = {
        CREATE_INCIDENT: "incident_id",
        EVALUATE_POLICY: "evaluation_id",
        COMPLETE_TRACE: "trace_id",
    }
    found = {(one.domain, one.action): one.result_id for one in run.acks.order_by("pk")}
    return {name: result for key, name in names.items() if (result := found.get(key))}


@transaction.atomic
def _acknowledge_rollback(
    run_id: str, progress: Progress, error: Exception, *, by: Actor, now: datetime
) -> None:
    """Say of every step that was undone, the last first, that it was."""
    run = audits.locked_run(run_id, by=by)
    acks = [
        Ack(
            WRITTEN_IN[phase],
            AckStatus.ROLLED_BACK,
            rolled_back=True,
            rollback_reason=f"{type(error).__name__}: {error}"[:MAX_REASON],
            metadata={"rollback_phase": phase, "rollback_success": True},
        )
        for phase in reversed(progress.written)
    ]
    audits.keep(run, [ack for ack in acks if not audits.stands(run, ack.key)], now=now)
    audits.schedule(run, now=now)
