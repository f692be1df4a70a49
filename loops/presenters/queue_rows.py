"""The rows of the queue: in which order, how many at once, and what each says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.db.models import F, FilteredRelation, Q

from loops.domain.risk import COST_OF_AN_HOUR, WAITING_COST_VERSION
from loops.domain.states import CheckpointPriority, HoldState, Resolution, Risk, Severity
from loops.models import FailurePattern, HumanCheckpoint
from loops.presenters.calibrations import told_of
from loops.presenters.checkpoints import agreed_by, confirmed, due_at, is_overdue, votes_of
from loops.presenters.looks import RISKS, SEVERITIES
from loops.presenters.queue_filters import Filters, wanted
from loops.presenters.wordings import ANSWERS, PRIORITIES, kind_of, question_of
from m25console.access import Actor
from m25console.keyset import Order, Page, Place, address, page
from m25console.looks import Look

SIZE: Final = 25
ORDERS: Final[Mapping[str, Order]] = {
    "age": Order(rising=True),
    "risk": Order(rising=True, lead="risk"),
    "cost": Order(rising=True, lead="waiting_cost"),
}
DECIDED: Final = Order(column="resolved_at")
SORTS: Final[Mapping[str, str]] = {
    "age": "Longest waiting",
    "risk": "Riskiest",
    "cost": "Costliest",
}
COST_IN_WORDS: Final = (
    "Points that an hour of waiting costs: "
    + ", ".join(f"{PRIORITIES[one].text.lower()} {COST_OF_AN_HOUR[one]}" for one in PRIORITIES)
    + "; twice that if a loop stands still for it, and twice again if it holds up the tenant's"
    f" other work ({WAITING_COST_VERSION}). Equal ones: the longest waiting first."
)
# Long texts that no row shows.
UNSEEN: Final = (
    "contract",
    "words",
    "incident__error_message",
    "incident__context",
    "incident__description",
    "incident__action_details",
    "incident__matched_pattern__message_template",
    "incident__matched_pattern__signature",
    "trace__narrative",
    "trace__recovery__execution_result",
)


@dataclass(frozen=True)
class Claim:
    """Who has a question in hand, and until when."""

    who: str  # empty for the reader
    until: datetime


@dataclass(frozen=True)
class Hold:
    """An answer that was given and can still be undone; both are empty for whoever may not know."""

    answer: str
    who: str
    effect_at: datetime


@dataclass(frozen=True)
class Known:
    """The pattern that the incident is one of."""

    id: str
    name: str
    occurrences: int
    judged: str  # how often its confidences proved right; empty if nobody knows


@dataclass(frozen=True)
class Clock:
    """When it was asked, and how long there is."""

    created_at: datetime
    due_at: datetime | None
    expires_at: datetime | None  # by itself, unanswered
    resolved_at: datetime | None
    is_overdue: bool
    is_escalated: bool
    is_wanted_now: bool
    is_deferred: bool


@dataclass(frozen=True)
class QueueRow:
    """One checkpoint in a list."""

    id: str
    digest: str  # of what was asked, for answers to many at once
    url: str  # of the list with this one open beside it
    question: str
    kind: str
    risk: Look
    priority: Look
    incident_title: str
    severity: Look
    pattern: Known | None
    confidence: float | None
    band: str
    clock: Clock
    votes: str
    agreed_by_me: bool
    claim: Claim | None
    hold: Hold | None
    cost: int  # points an hour
    cost_so_far: int  # points
    answer: Look | None
    resolved_by: str

    @property
    def may_be_next(self) -> bool:
        """Whether it is for the reader to decide: open, and neither theirs before nor another's."""
        theirs = self.claim is not None and bool(self.claim.who)
        return self.answer is None and self.hold is None and not (self.agreed_by_me or theirs)


@dataclass(frozen=True)
class Sort:
    """One order that the list offers."""

    label: str
    url: str
    chosen: bool


def order_of(filters: Filters) -> Order:
    return DECIDED if filters.decided else ORDERS[filters.sort]


def sorts_of(filters: Filters, query: Mapping[str, str]) -> list[Sort]:
    """The orders offered, the longest waiting first being the usual one."""
    return [
        Sort(label, address(query, sort="" if name == "age" else name), filters.sort == name)
        for name, label in SORTS.items()
    ]


def queue_page(
    actor: Actor, filters: Filters, place: Place, *, now: datetime
) -> Page[HumanCheckpoint]:
    """A page of checkpoints in the order that is asked for; one query."""
    held = FilteredRelation("holds", condition=Q(holds__state=HoldState.HELD))
    rows = (
        wanted(actor, filters, now=now)
        .select_related(
            "incident__matched_pattern__calibration",
            "trace__recovery",
            "resolved_by",
            "claimed_by",
        )
        .defer(*UNSEEN)
        .alias(held=held)
        .annotate(
            agreed_by_me=agreed_by(actor),
            policy_confirmations=confirmed(),
            held_option=F("held__option"),
            held_by=F("held__label"),
            held_person=F("held__person"),
            held_until=F("held__effect_at"),
        )
    )
    return page(rows, order=order_of(filters), place=place, size=SIZE)


def queue_rows(
    checkpoints: Sequence[HumanCheckpoint], *, actor: Actor, query: Mapping[str, str], now: datetime
) -> list[QueueRow]:
    """The rows of checkpoints that `queue_page` found."""
    return [_row(one, actor, query, now) for one in checkpoints]


def beside(query: Mapping[str, str], *, opened: str) -> str:
    """The address of this page of the list with a checkpoint open beside it, or with none."""
    apart = ("partial", "since", "open")
    kept = {name: value for name, value in query.items() if name not in apart and value}
    return f"?{urlencode(kept | ({'open': opened} if opened else {}))}"


def _row(one: HumanCheckpoint, actor: Actor, query: Mapping[str, str], now: datetime) -> QueueRow:
    hours = max(0.0, (now - one.created_at).total_seconds()) / 3600
    return QueueRow(
        id=one.pk,
        digest=one.contract_digest,
        url=beside(query, opened=one.pk),
        question=question_of(one),
        kind=kind_of(one),
        risk=RISKS[Risk(one.risk)],
        priority=PRIORITIES[CheckpointPriority(one.priority)],
        incident_title=one.incident.title,
        severity=SEVERITIES[Severity(one.incident.severity)],
        pattern=_pattern(one.incident.matched_pattern),
        confidence=one.confidence,
        band=one.confidence_band or "",
        clock=_clock(one, now),
        votes=votes_of(one),
        agreed_by_me=bool(getattr(one, "agreed_by_me", False)),
        claim=_claim(one, actor, now),
        hold=_hold(one, actor),
        cost=one.waiting_cost,
        cost_so_far=int(one.waiting_cost * hours),
        answer=ANSWERS[Resolution(one.resolution)] if one.resolution else None,
        resolved_by=str(one.resolved_by or "the console") if one.resolved_at else "",
    )


def _pattern(pattern: FailurePattern | None) -> Known | None:
    if pattern is None:
        return None
    told = told_of(pattern)
    return Known(
        id=pattern.pk,
        name=pattern.template_text or pattern.error_type,
        occurrences=pattern.occurrence_count,
        judged=told.in_words if told.total else "",
    )


def _clock(one: HumanCheckpoint, now: datetime) -> Clock:
    due, pending = due_at(one), one.is_pending
    return Clock(
        created_at=one.created_at,
        due_at=due,
        expires_at=one.expires_at if pending else None,
        resolved_at=one.resolved_at,
        is_overdue=is_overdue(one, now=now),
        is_escalated=pending and one.escalated_at is not None,
        is_wanted_now=pending and due == one.created_at,
        is_deferred=pending and one.deferred_at is not None,
    )


def _claim(one: HumanCheckpoint, actor: Actor, now: datetime) -> Claim | None:
    until = one.claimed_until
    if until is None or not one.is_claimed(now=now):
        return None
    mine = actor.user is not None and one.claimed_by_id == actor.user.pk
    return Claim("" if mine else str(one.claimed_by), until)


def _hold(one: HumanCheckpoint, actor: Actor) -> Hold | None:
    option: str | None = getattr(one, "held_option", None)
    if option is None:
        return None
    is_told = not one.is_blind or getattr(one, "held_person", None) in actor.people
    return Hold(
        answer=ANSWERS[Resolution(option)].text if is_told else "",
        who=getattr(one, "held_by", "") if is_told else "",
        effect_at=getattr(one, "held_until", one.created_at),
    )
