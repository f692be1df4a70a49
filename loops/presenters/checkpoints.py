"""The queue of decisions: which are listed, and what each row says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, Subquery

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.confidence import Band
from loops.domain.states import CheckpointPriority, CheckpointType, Resolution
from loops.models import HumanCheckpoint, PolicyConfirmation, PolicyRule, RecoveryConfirmation
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.presenters.calibrations import told_of
from loops.presenters.looks import BANDS, Look
from loops.presenters.wordings import (
    ANSWERS,
    PRIORITIES,
    TYPES,
    kind_of,
    question_of,
    recovery_of,
)
from m25console.access import Actor
from m25console.keyset import Order, Page, Place, counted, page

SIZE: Final = 25
WAITING: Final = Order(rising=True)
DECIDED: Final = Order(column="resolved_at")
# Long texts that no row shows.
UNSEEN: Final = (
    "contract",
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
class Filters:
    """Which checkpoints are wanted, as the address says it; what it misspells filters nothing."""

    decided: bool = False
    type: str = ""
    priority: str = ""
    band: str = ""
    pattern: str = ""
    mine: bool = False

    @property
    def any(self) -> bool:
        return bool(self.type or self.priority or self.band or self.pattern or self.mine)


def filters_in(query: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    return Filters(
        decided=query.get("state") == "decided",
        type=_known(query.get("type", ""), CheckpointType),
        priority=_known(query.get("priority", ""), CheckpointPriority),
        band=_known(query.get("band", ""), Band),
        pattern=query.get("pattern", "").replace("\0", "")[:64],
        mine=query.get("mine") == "1",
    )


@dataclass(frozen=True)
class Choice:
    """One value that a filter offers."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Chooser:
    """A filter by one of a few values, or by none."""

    name: str
    label: str
    choices: list[Choice]


def choosers(filters: Filters) -> list[Chooser]:
    """What each filter offers, with the chosen value marked."""
    words: list[tuple[str, str, Mapping[str, str]]] = [
        ("type", "Kind", {kind.value: TYPES[kind] for kind in TYPES}),
        ("priority", "Priority", {one.value: PRIORITIES[one].text for one in PRIORITIES}),
        ("band", "Confidence", {band.value: BANDS[band].text for band in BANDS}),
    ]
    return [
        Chooser(name, label, _choices({"": "All", **known}, chosen=getattr(filters, name)))
        for name, label, known in words
    ]


def _choices(words: Mapping[str, str], *, chosen: str) -> list[Choice]:
    return [Choice(value, label, value == chosen) for value, label in words.items()]


@dataclass(frozen=True)
class QueueRow:
    """One checkpoint in a list."""

    id: str
    question: str
    kind: str
    priority: Look
    incident_title: str
    severity: str
    pattern_id: str
    pattern_name: str
    occurrences: int
    confidence: float | None
    band: str
    judged: str  # how often the pattern's confidences proved right; empty if nobody knows
    created_at: datetime
    due_at: datetime | None
    is_overdue: bool
    is_escalated: bool
    is_wanted_now: bool
    is_deferred: bool
    votes: str
    agreed_by_me: bool
    answer: Look | None
    resolved_at: datetime | None
    resolved_by: str


def wanted(actor: Actor, filters: Filters) -> HumanCheckpointQuerySet:
    """The checkpoints of this actor's tenant that the filters let through, in no order."""
    rows = HumanCheckpoint.objects.for_tenant(actor.tenant)
    rows = rows.resolved() if filters.decided else rows.pending()
    exact = {
        "checkpoint_type": filters.type,
        "priority": filters.priority,
        "confidence_band": filters.band,
        "incident__matched_pattern": filters.pattern,
    }
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    if not filters.mine:
        return rows
    return rows.exclude(agreed_by(actor)) if actor.can_review else rows.none()


def agreed_by(actor: Actor) -> Q:
    """Whether the actor has agreed already, and somebody else must."""
    mine = {"reviewer__in": actor.people}
    recoveries = RecoveryConfirmation.objects.filter(recovery=OuterRef("target_id"), **mine)
    policies = PolicyConfirmation.objects.filter(
        policy=OuterRef("target_id"), revision=F("policy__revision"), **mine
    )
    return Q(Exists(recoveries) | Exists(policies))


def confirmed() -> Subquery:
    """How many people confirmed the policy in question."""
    about = PolicyRule.objects.filter(pk=OuterRef("target_id"))
    return Subquery(about.values("confirmations_received"))


def queue_page(actor: Actor, filters: Filters, place: Place) -> Page[HumanCheckpoint]:
    """A page of checkpoints: the longest waiting first, or the latest decided first."""
    rows = (
        wanted(actor, filters)
        .select_related("incident__matched_pattern__calibration", "trace__recovery", "resolved_by")
        .defer(*UNSEEN)
        .annotate(agreed_by_me=agreed_by(actor), policy_confirmations=confirmed())
    )
    return page(rows, order=DECIDED if filters.decided else WAITING, place=place, size=SIZE)


def queue_rows(checkpoints: Sequence[HumanCheckpoint], *, now: datetime) -> list[QueueRow]:
    """The rows of checkpoints that `queue_page` found."""
    return [_row(one, now) for one in checkpoints]


def pending_count(actor: Actor) -> str:
    """How many decisions wait in this tenant, such as "7" or "1,000+"."""
    return counted(HumanCheckpoint.objects.for_tenant(actor.tenant).pending())


@dataclass(frozen=True)
class News:
    """What happened to a list since it was rendered."""

    new: int
    decided: int
    at_most: int = 99

    @property
    def text(self) -> str:
        """Such as "4 new, 1 decided"; empty if nothing happened."""
        told = [(self.new, "new"), (self.decided, "decided")]
        return ", ".join(f"{self._number(count)} {word}" for count, word in told if count)

    def _number(self, count: int) -> str:
        return f"{self.at_most}+" if count > self.at_most else str(count)


def moment_in(query: Mapping[str, str], *, otherwise: datetime) -> datetime:
    """The moment that `since` names, in UTC; `otherwise` if it names none."""
    try:
        moment = datetime.fromisoformat(query.get("since", ""))
        return moment.astimezone(UTC) if moment.tzinfo else otherwise
    except (ValueError, OverflowError):
        return otherwise


def news_since(actor: Actor, filters: Filters, moment: datetime) -> News:
    """How many checkpoints of this list are new, and how many were decided, since `moment`."""
    limit = News.at_most + 1
    fresh = wanted(actor, filters).filter(created_at__gt=moment)
    decided = HumanCheckpoint.objects.for_tenant(actor.tenant).filter(resolved_at__gt=moment)
    return News(new=fresh[:limit].count(), decided=decided[:limit].count())


def due_at(checkpoint: HumanCheckpoint) -> datetime | None:
    """When a decision is wanted by; None if there is no hurry."""
    within = DECIDE_WITHIN[CheckpointPriority(checkpoint.priority)]
    return None if within is None else checkpoint.created_at + within


def is_overdue(checkpoint: HumanCheckpoint, *, now: datetime) -> bool:
    """Whether a decision was wanted by now; what is wanted at once is urgent, not overdue."""
    due = due_at(checkpoint)
    return due is not None and checkpoint.created_at < due < now and checkpoint.is_pending


def votes_of(checkpoint: HumanCheckpoint) -> str:
    """How many of the people needed have agreed, such as "1 of 2"; empty where one is enough."""
    recovery = recovery_of(checkpoint)
    given = getattr(checkpoint, "policy_confirmations", None)
    if recovery is not None:
        given = recovery.confirmations_received
    if checkpoint.approvers_required < 2 or given is None:
        return ""
    return f"{given} of {checkpoint.approvers_required}"


def _row(one: HumanCheckpoint, now: datetime) -> QueueRow:
    pattern, due = one.incident.matched_pattern, due_at(one)
    told = told_of(pattern)
    return QueueRow(
        id=one.pk,
        question=question_of(one),
        kind=kind_of(one),
        priority=PRIORITIES[CheckpointPriority(one.priority)],
        incident_title=one.incident.title,
        severity=one.incident.severity,
        pattern_id=pattern.pk if pattern else "",
        pattern_name=(pattern.template_text or pattern.error_type) if pattern else "",
        occurrences=pattern.occurrence_count if pattern else 0,
        confidence=one.confidence,
        band=one.confidence_band or "",
        judged=told.in_words if told.total else "",
        created_at=one.created_at,
        due_at=due,
        is_overdue=is_overdue(one, now=now),
        is_escalated=one.is_pending and one.escalated_at is not None,
        is_wanted_now=one.is_pending and due == one.created_at,
        is_deferred=one.deferred_at is not None,
        votes=votes_of(one),
        agreed_by_me=bool(getattr(one, "agreed_by_me", False)),
        answer=ANSWERS[Resolution(one.resolution)] if one.resolution else None,
        resolved_at=one.resolved_at,
        resolved_by=str(one.resolved_by or "the console") if one.resolved_at else "",
    )


def _known(value: str, words: type[StrEnum]) -> str:
    return value if value in {word.value for word in words} else ""
