"""Answering whether a call may be made, from what was used and never from sums of the day."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Sum

from integrations.domain import enforcement, months
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

RATE_WINDOW: Final = timedelta(seconds=60)
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
    observe. `decision_id` names the record, where there was something to record."""

    integration_id: str
    decision: Decision
    would_be: Enforcement
    decision_id: str = ""


def ask(questions: Sequence[Question], *, tenant: Tenant, now: datetime) -> list[Answer]:
    """An answer to each, in order; within one batch what is let through adds up."""
    wanted = {one.integration_id for one in questions}
    rows = {one.pk: one for one in Integration.objects.filter(tenant=tenant, pk__in=wanted)}
    mode = fail_mode_of(tenant)
    used: dict[str, Used] = {}
    answers = []
    for question in questions:
        row = rows.get(question.integration_id)
        if row is not None and row.pk not in used:
            used[row.pk] = used_by(row, now=now)
        answer = _answered(question, row, used, mode)
        answers.append(answer)
    return _recorded(answers, questions, tenant=tenant, now=now)


def used_by(row: Integration, *, now: datetime) -> Used:
    """What an integration used this month and in the last 60 s; None for what has no limit to
    be compared with is not looked up. A figure that cannot be read is None."""
    limits = limits_of(row)
    used = Used()
    if limits.budget_cents or limits.tokens:
        used = _of_month(row, now)
    if limits.calls_per_minute:
        used = replace(used, calls=_calls(row, now, most=limits.calls_per_minute))
    return used


def used_in_full(row: Integration, *, now: datetime) -> Used:
    """As `used_by`, whether there are limits or not."""
    return replace(_of_month(row, now), calls=_calls(row, now, most=MOST_CALLS))


def limits_of(row: Integration) -> Limits:
    """The limits set on it."""
    return Limits(row.budget_limit_cents, row.token_limit_month, row.rate_limit_rpm)


def fail_mode_of(tenant: Tenant) -> FailMode:
    """What the tenant wants answered when a limit cannot be looked up."""
    chosen = EnforcementConfig.objects.filter(pk=tenant.pk).values_list("fail_mode", flat=True)
    return FailMode(chosen.first() or FailMode.OPEN)


def _answered(
    question: Question, row: Integration | None, used: dict[str, Used], mode: FailMode
) -> Answer:
    if row is None:
        decision = enforcement.decide(None, used=Used(), wanted=question.wanted, mode=mode)
        return Answer(question.integration_id, decision, decision.result)
    subject = Subject(
        status=IntegrationStatus(row.status),
        health=HealthState(row.health_state),
        limits=limits_of(row),
        is_deleted=row.deleted_at is not None,
    )
    decision = enforcement.decide(subject, used=used[row.pk], wanted=question.wanted, mode=mode)
    would_be = decision.result
    if not row.enforces and would_be in (Enforcement.BLOCKED, Enforcement.THROTTLED):
        decision = replace(decision, result=Enforcement.WARNED)
    if enforcement.lets_through(decision.result):
        used[row.pk] = enforcement.accumulated(used[row.pk], question.wanted)
    return Answer(row.pk, decision, would_be)


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


def _recorded(
    answers: Sequence[Answer], questions: Sequence[Question], *, tenant: Tenant, now: datetime
) -> list[Answer]:
    """With a record of every answer but a plain yes."""
    told = [
        one if one.would_be is Enforcement.ALLOWED and not one.decision.degraded
        else replace(one, decision_id=new_decision_id())
        for one in answers
    ]  # fmt: skip
    EnforcementDecision.objects.bulk_create(
        EnforcementDecision(
            id=one.decision_id, tenant=tenant, integration_id=one.integration_id[:64],
            result=one.decision.result, would_be=one.would_be, degraded=one.decision.degraded,
            reasons=[asdict(reason) for reason in one.decision.reasons],
            wanted_cents=question.wanted.cents, wanted_tokens=question.wanted.tokens, at=now,
        )
        for one, question in zip(told, questions, strict=True)
        if one.decision_id
    )  # fmt: skip
    return told
