"""Answering whether a call may be made, from what was used and never from sums of the day."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Sum

from integrations.actions import spent, tallies
from integrations.actions.spent import Known
from integrations.domain import enforcement, limits, months, pricing
from integrations.domain.decisions import RATE_WINDOW, Looked, looked_at
from integrations.domain.enforcement import Decision, Limits, Subject, Used, Wanted
from integrations.domain.states import (
    Enforcement,
    FailMode,
    HealthState,
    IntegrationStatus,
    PolicyResult,
)
from integrations.models import (
    EnforcementConfig,
    EnforcementDecision,
    Integration,
    UsageMeter,
    UsageRecord,
)
from integrations.models.ids import new_decision_id
from m25console.models import Tenant
from m25console.statements import one_statement

MOST_CALLS: Final = 100_000  # of a minute that are counted where nothing limits them
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """A call that is about to be made."""

    integration_id: str
    wanted: Wanted


@dataclass(frozen=True)
class Answer:
    """`decision` is to be kept to; `would_be` is what the limits say, also where they only
    observe. `decision_id` names the record, where there was something to record. `row` is None
    where there is no such integration."""

    question: Question
    row: Integration | None
    decision: Decision
    would_be: Enforcement
    looked: Sequence[Looked] = ()
    decision_id: str = ""


@dataclass(frozen=True)
class _Asking:
    """What holds for all questions of one batch."""

    tenant: Tenant
    mode: FailMode
    now: datetime


class _ReadError(Exception):
    """Nothing is known but what the tenant wants answered then."""

    def __init__(self, mode: FailMode) -> None:
        super().__init__(mode)
        self.mode = mode


def ask(questions: Sequence[Question], *, tenant: Tenant, now: datetime) -> list[Answer]:
    """An answer to each, in order; within one batch what is let through adds up.

    Whatever cannot be read or recorded, there is an answer."""
    try:
        known = _known(questions, tenant, now)
    except _ReadError as error:
        decision = enforcement.unanswered(error.mode)
        return [Answer(one, None, decision, decision.result) for one in questions]
    asking, answers, used = _Asking(tenant, known.mode, now), list[Answer](), dict(known.used)
    for question in questions:
        row = known.rows.get(question.integration_id)
        answers.append(_answered(question, row, used, asking))
    return _recorded(answers, asking)


def used_by(row: Integration, *, now: datetime) -> Used:
    """What an integration used this month and in the last 60 s; None for what has no limit to
    be compared with is not looked up. A figure that cannot be read is None."""
    kept = limits_of(row, now=now)
    used = Used()
    if kept.budget_cents or kept.tokens:
        used = _of_month(row, now)
    if kept.calls_per_minute:
        used = replace(used, calls=_calls(row, now, most=kept.calls_per_minute))
    return used


def used_in_full(row: Integration, *, now: datetime) -> Used:
    """As `used_by`, whether there are limits or not."""
    return replace(_of_month(row, now), calls=_calls(row, now, most=MOST_CALLS))


def limits_of(row: Integration, *, now: datetime) -> Limits:
    """The limits that hold: as set on it, or as raised for a while. Read it `with_raise`."""
    kept = Limits(row.budget_limit_cents, row.token_limit_month, row.rate_limit_rpm)
    raised = row.raised_at(now)
    if raised is None:
        return kept
    return limits.in_force(
        kept, Limits(raised.budget_limit_cents, raised.token_limit_month, raised.rate_limit_rpm)
    )


def fail_mode_of(tenant: Tenant) -> FailMode:
    """What the tenant wants answered when a limit cannot be looked up."""
    chosen = EnforcementConfig.objects.filter(pk=tenant.pk).values_list("fail_mode", flat=True)
    return FailMode(chosen.first() or FailMode.OPEN)


def _known(questions: Sequence[Question], tenant: Tenant, now: datetime) -> Known:
    """What a decision rests on. Raises _ReadError where not even the integrations can be read."""
    wanted = {one.integration_id for one in questions}
    try:
        return spent.read(wanted, tenant=tenant, now=now)
    except DatabaseError as error:
        log.warning("limits are read one by one", tenant=tenant.pk, error=str(error))
    mode = FailMode.OPEN
    try:
        with transaction.atomic():
            mode = fail_mode_of(tenant)
            rows = Integration.objects.filter(tenant=tenant, pk__in=wanted).with_raise()
            asked = {one.pk: one for one in rows}
    except DatabaseError as error:
        log.warning("limits cannot be read", tenant=tenant.pk, error=str(error))
        raise _ReadError(mode) from None
    return Known(mode, asked, {pk: used_by(row, now=now) for pk, row in asked.items()})


def _answered(
    question: Question, row: Integration | None, used: dict[str, Used], asking: _Asking
) -> Answer:
    wanted, mode = question.wanted, asking.mode
    if row is None:
        decision = enforcement.decide(None, used=Used(), wanted=wanted, mode=mode)
        return Answer(question, None, decision, decision.result)
    subject = Subject(
        status=IntegrationStatus(row.status),
        health=HealthState(row.health_state),
        limits=limits_of(row, now=asking.now),
        is_deleted=row.deleted_at is not None,
    )
    before = used[row.pk]
    decision = enforcement.decide(subject, used=before, wanted=wanted, mode=mode)
    looked = looked_at(
        subject.limits, used=before, wanted=wanted, decision=decision, now=asking.now
    )
    would_be = decision.result
    if not row.enforces and would_be in (Enforcement.BLOCKED, Enforcement.THROTTLED):
        decision = replace(decision, result=Enforcement.WARNED)
    if enforcement.lets_through(decision.result):
        used[row.pk] = enforcement.accumulated(before, wanted)
    return Answer(question, row, decision, would_be, looked)


def _of_month(row: Integration, now: datetime) -> Used:
    begins, _ends = months.month_of(now)
    meters = UsageMeter.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk, month=begins.date()
    )
    try:
        with transaction.atomic():
            sums = meters.aggregate(cents=Sum("cents"), tokens=Sum("tokens"))
    except DatabaseError as error:
        log.warning("usage cannot be read", integration=row.pk, error=str(error))
        return Used(cents=None, tokens=None)
    return Used(cents=sums["cents"] or 0, tokens=sums["tokens"] or 0)


def _calls(row: Integration, now: datetime, *, most: int) -> int | None:
    """The calls of the last 60 s, counted up to `most`; blocked ones were never made."""
    recent = UsageRecord.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk, created_at__gt=now - RATE_WINDOW
    ).exclude(policy_result=PolicyResult.BLOCKED)
    try:
        with transaction.atomic():
            return recent[:most].count()
    except DatabaseError as error:
        log.warning("calls cannot be counted", integration=row.pk, error=str(error))
        return None


def _recorded(answers: Sequence[Answer], asking: _Asking) -> list[Answer]:
    """With a record of every answer but a plain yes, and each counted; unrecorded rather than
    unanswered."""
    told = [
        one if one.would_be is Enforcement.ALLOWED and not one.decision.degraded
        else replace(one, decision_id=new_decision_id())
        for one in answers
    ]  # fmt: skip
    records = [_record(one, asking) for one in told if one.decision_id]
    try:
        with transaction.atomic() if records else one_statement():
            if records:
                EnforcementDecision.objects.bulk_create(records)
            tallies.count([_counted(one) for one in told], tenant=asking.tenant, now=asking.now)
    except DatabaseError as error:
        log.warning("answers cannot be recorded", tenant=asking.tenant.pk, error=str(error))
        return [replace(one, decision_id="") for one in told]
    return told


def _record(one: Answer, asking: _Asking) -> EnforcementDecision:
    raised = one.row.raised_at(asking.now) if one.row else None
    wanted = one.question.wanted
    return EnforcementDecision(
        id=one.decision_id, tenant=asking.tenant, integration_id=one.question.integration_id[:64],
        result=one.decision.result, would_be=one.would_be, degraded=one.decision.degraded,
        enforces=one.row.enforces if one.row else True, fail_mode=asking.mode,
        rules=enforcement.VERSION, price_version=pricing.VERSION,
        raised_until=raised.until if raised else None,
        reasons=[asdict(reason) for reason in one.decision.reasons],
        looked=[looked.as_json() for looked in one.looked],
        wanted_cents=wanted.cents, wanted_tokens=wanted.tokens, at=asking.now,
    )  # fmt: skip


def _counted(one: Answer) -> tallies.Counted:
    stops = not enforcement.lets_through(one.would_be)
    return tallies.Counted(
        integration_id=one.row.pk if one.row else "",
        result=one.decision.result,
        would_be=one.would_be,
        reason=one.decision.reasons[0].limit_type if stops else "",
        wanted_cents=one.question.wanted.cents,
    )
