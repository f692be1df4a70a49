"""Telling people of questions that another part of the console asks them.

That part keeps the questions. Here is only kept that one was asked and how it ended, in the
transaction in which it was: nothing is told of what did not happen, and nothing is lost.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loops.domain.states import Event, Resolution, Risk
from loops.models import Happening
from m25console.models import Tenant, User


@dataclass(frozen=True)
class Question:
    """What people are asked; `page` is the name of the address that opens it, by its id."""

    id: str
    page: str
    sentence: str
    risk: Risk
    ends_at: datetime
    asked_by: int | None = None  # a person, who is not asked
    is_urgent: bool = False


def asked(question: Question, *, tenant: Tenant, now: datetime) -> None:
    """It waits for an answer: those who may give one are told, by their channels too."""
    told = {"ends_at": question.ends_at.isoformat(), "asked_by": question.asked_by}
    _keep(Event.ASKED, question, tenant=tenant, details=told, now=now)


def decided(
    question: Question, *, option: Resolution, by: User, voters: Collection[int], tenant: Tenant,
    now: datetime,
) -> None:  # fmt: skip
    """Somebody's answer was the last it needed: who asked and who voted is told, but for them."""
    named = {question.asked_by, *voters} - {by.pk, None}
    told = {"option": option.value, "by": str(by)}
    _keep(Event.DECIDED, question, tenant=tenant, details=told, named=named, now=now)


def lapsed(question: Question, *, tenant: Tenant, now: datetime) -> None:
    """Nobody answered in time: those who might have are told, and who asked."""
    named = {question.asked_by} - {None}
    _keep(Event.LAPSED, question, tenant=tenant, details={}, named=named, now=now)


def _keep(
    event: Event, question: Question, *, tenant: Tenant, details: Mapping[str, Any], now: datetime,
    named: Collection[int | None] = (),
) -> None:  # fmt: skip
    Happening.objects.create(
        tenant=tenant,
        event=event,
        key=Happening.key_of(event, question.id),
        subject_id=question.id,
        sentence=question.sentence,
        details={"page": question.page, **details},
        named=sorted(one for one in named if one is not None),
        risk=question.risk,
        is_urgent=question.is_urgent and event is Event.ASKED,
        at=now,
    )
