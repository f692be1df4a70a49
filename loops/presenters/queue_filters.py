"""What the queue can be narrowed to: the filters of an address, and the rows they let through."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q

from loops.domain.checkpoints import DECIDE_WITHIN
from loops.domain.confidence import Band
from loops.domain.states import CheckpointPriority, CheckpointType, Risk, Severity, Stage
from loops.models import CheckpointDecision, CheckpointSnooze, FailurePattern, HumanCheckpoint
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.presenters.checkpoints import agreed_by
from m25console.access import Actor

LIKENESS: Final = "likeness"  # beside the types: about the match, not the remedy
YES: Final = "1"
AGED: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
PATTERNS_AT_MOST: Final = 200  # that a name is looked for in
SORTS: Final = ("age", "risk", "cost")
MOST_CHARACTERS: Final = 200
_LIKENESS: Final = Q(checkpoint_type=CheckpointType.APPROVE_RECOVERY, stage=Stage.PATTERN_MATCHED)

# For each filter its values, and the rows that each is about.
type Conditions = Mapping[str, Mapping[str, Q]]


@dataclass(frozen=True)
class Filters:
    """Which checkpoints are wanted, as the address says it; what it misspells filters nothing."""

    decided: bool = False
    risk: str = ""
    type: str = ""
    priority: str = ""
    band: str = ""
    severity: str = ""
    claimed: str = ""
    aged: str = ""
    late: str = ""
    mine: str = ""
    snoozed: str = ""
    by_me: str = ""
    week: str = ""
    month: str = ""
    pattern: str = ""  # an id, or a part of a name
    q: str = ""
    sort: str = "age"

    @property
    def any(self) -> bool:
        """Whether anything but the order and the list is chosen."""
        apart = {"decided", "sort"}
        return any(getattr(self, one.name) for one in fields(self) if one.name not in apart)


def filters_in(query: Mapping[str, str]) -> Filters:
    """The filters of an address."""
    decided = query.get("state") == "decided"
    values = of_decided() if decided else of_pending()
    known = {name: query.get(name, "") for name in values if query.get(name, "") in values[name]}
    return Filters(
        decided=decided,
        pattern=_text(query, "pattern"),
        q=_text(query, "q"),
        sort=query["sort"] if query.get("sort") in SORTS and not decided else "age",
        **known,
    )


def told(filters: Filters) -> str:
    """The filters as an address says them, in one fixed order; empty if nothing is chosen."""
    words = {"state": "decided" if filters.decided else ""}
    words |= {one.name: getattr(filters, one.name) for one in fields(filters)[1:]}
    usual = {"sort": "age"}
    return urlencode(
        {name: word for name, word in words.items() if word and usual.get(name) != word}
    )


def of_decided() -> Mapping[str, frozenset[str]]:
    """The values that each filter of the decided ones knows."""
    return {**_of_both(), **dict.fromkeys(("week", "month", "by_me"), frozenset({YES}))}


def of_pending() -> Mapping[str, frozenset[str]]:
    """The values that each filter of the waiting ones knows."""
    return {
        **_of_both(),
        "claimed": frozenset({"me", "nobody", "others"}),
        **dict.fromkeys(("aged", "late", "mine", "snoozed"), frozenset({YES})),
    }


def _of_both() -> Mapping[str, frozenset[str]]:
    return {
        "risk": frozenset(risk.name.lower() for risk in Risk),
        "type": frozenset({*(kind.value for kind in CheckpointType), LIKENESS}),
        "band": frozenset(band.value for band in Band),
        "priority": frozenset(one.value for one in CheckpointPriority),
        "severity": frozenset(one.value for one in Severity),
    }


def conditions(actor: Actor, *, now: datetime) -> Conditions:
    """What each value of each filter is about, for this person at this moment."""
    return {
        "risk": {risk.name.lower(): Q(risk=risk) for risk in reversed(Risk)},
        "type": {
            LIKENESS: _LIKENESS,
            **{kind.value: Q(checkpoint_type=kind) & ~_LIKENESS for kind in CheckpointType},
        },
        "band": {band.value: Q(confidence_band=band) for band in Band},
        "priority": {one.value: Q(priority=one) for one in CheckpointPriority},
        "severity": {one.value: Q(incident__severity=one) for one in Severity},
        "claimed": _claims(actor, now),
        "aged": {YES: Q(created_at__lt=now - AGED)},
        "late": {YES: Q(escalated_at__isnull=False) | _overdue(now)},
        "mine": {YES: ~agreed_by(actor) if actor.can_review else Q(pk__in=[])},
        "snoozed": {YES: snoozed_by(actor, now)},
        "week": {YES: Q(resolved_at__gte=now - WEEK)},
        "month": {YES: Q(resolved_at__gte=now - MONTH)},
        "by_me": {YES: _answered_by(actor)},
    }


def wanted(
    actor: Actor, filters: Filters, *, now: datetime, all_seen: bool = False
) -> HumanCheckpointQuerySet:
    """The checkpoints of this actor's tenant that the filters let through, in no order.

    What the actor snoozed is left out unless it is what they ask for, or all is to be seen.
    """
    rows = searched(actor, filters)
    for name, values in conditions(actor, now=now).items():
        chosen = getattr(filters, name)
        if chosen:
            rows = rows.filter(values[chosen])
    if filters.decided or filters.snoozed or all_seen or actor.user is None:
        return rows
    return rows.not_snoozed_for(actor.user, now=now)


def searched(actor: Actor, filters: Filters) -> HumanCheckpointQuerySet:
    """The list that is wanted, narrowed by what was typed and by nothing that is chosen."""
    rows = HumanCheckpoint.objects.for_tenant(actor.tenant)
    rows = rows.resolved() if filters.decided else rows.pending()
    rows = rows.found_by(filters.q)
    return rows.filter(_of_pattern(actor, filters.pattern)) if filters.pattern else rows


def snoozed_by(actor: Actor, now: datetime) -> Q:
    """Whether the actor does not want to see it for now."""
    mine = CheckpointSnooze.objects.filter(checkpoint=OuterRef("pk"), person=actor.user)
    return Q(Exists(mine.filter(until__gt=now)))


def _answered_by(actor: Actor) -> Q:
    """Whether a word of the actor's, or one in their name, is among its answers."""
    if actor.user is None:
        return Q(pk__in=[])
    theirs = Q(person=actor.user) | Q(on_behalf_of=actor.user)
    return Q(Exists(CheckpointDecision.objects.filter(theirs, checkpoint=OuterRef("pk"))))


def _claims(actor: Actor, now: datetime) -> Mapping[str, Q]:
    lasting = Q(claimed_by__isnull=False, claimed_until__gt=now)
    mine = Q(claimed_by=actor.user) if actor.user else Q(pk__in=[])
    return {
        "me": lasting & mine,
        "nobody": Q(claimed_by__isnull=True) | Q(claimed_until__lte=now),
        "others": lasting & ~mine,
    }


def _overdue(now: datetime) -> Q:
    """Whether a decision was wanted by now, as `is_overdue` says of one."""
    overdue = Q(pk__in=[])
    for priority, within in DECIDE_WITHIN.items():
        if within:
            overdue |= Q(priority=priority, created_at__lt=now - within)
    return overdue


def _of_pattern(actor: Actor, said: str) -> Q:
    if said.startswith("pat_"):
        return Q(incident__matched_pattern=said)
    named = FailurePattern.objects.for_tenant(actor.tenant).filter(
        Q(template_text__icontains=said) | Q(error_type__icontains=said)
    )
    return Q(incident__matched_pattern__in=named.order_by("pk").values("pk")[:PATTERNS_AT_MOST])


def _text(query: Mapping[str, str], name: str) -> str:
    return query.get(name, "").replace("\0", "").strip()[:MOST_CHARACTERS]
