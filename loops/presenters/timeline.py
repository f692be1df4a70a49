"""The page from an incident to its prevention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from django.db.models import QuerySet

from loops.actions.timeline_views import policies_of, views_of
from loops.domain.confidence import Band
from loops.domain.states import EventStatus, Stage
from loops.domain.timeline import SUCCESSES, Happening, Kind, Timeline, arrange
from loops.models import (
    Incident,
    PolicyActivationAudit,
    PolicyConfirmation,
    PolicyRule,
    PreventionRecord,
    RecoveryAudit,
    RecoveryCandidate,
    RegretEvent,
)
from loops.models.evaluations import PreventionRecordQuerySet
from loops.opinions import confirmations_told, hides_opinions
from loops.presenters import happenings
from loops.presenters.looks import BANDS
from loops.presenters.patterns import names_around
from m25console.access import Actor, Verdict, check_reviews, verdict
from m25console.looks import Look
from m25console.together import fetch_together

AT_EACH_END: Final = 25  # of preventions: the oldest and the newest
AT_MOST: Final = 100  # of everything else there is no bound to
COUNTED_AT_MOST: Final = 1000
LOOKS: Final[Mapping[Kind, Look]] = {
    Kind.INCIDENT_CREATED: Look("Incident", "bad", "flame"),
    Kind.PATTERN_MATCHED: Look("Pattern", "info", "fingerprint"),
    Kind.RECOVERY_SUGGESTED: Look("Recovery suggested", "idle", "bulb"),
    Kind.RECOVERY_DECIDED: Look("Recovery decided", "accent", "user-check"),
    Kind.RECOVERY_VERIFIED: Look("Recovery watched", "idle", "eye"),
    Kind.POLICY_BORN: Look("Policy drafted", "accent", "shield"),
    Kind.POLICY_CONFIRMED: Look("Policy confirmed", "accent", "thumb-up"),
    Kind.POLICY_ACTIVATED: Look("Policy in force", "ok", "shield-check"),
    Kind.POLICY_MODE: Look("Policy changed", "idle", "switch-horizontal"),
    Kind.PREVENTION: Look("Prevention", "ok", "shield-bolt"),
    Kind.REGRET: Look("Harm done", "warn", "alert-triangle"),
    Kind.ROLLBACK: Look("Rolled back", "warn", "rotate"),
    Kind.REVERT: Look("Reverted", "warn", "arrow-back-up"),
}
ABOUT_POLICIES: Final = (Kind.POLICY_BORN, Kind.POLICY_ACTIVATED, Kind.POLICY_MODE)
NOT_PREVENTED: Final = Look("Not prevented", "warn", "shield-x")


@dataclass(frozen=True)
class Entry:
    """One line of the picture."""

    happening: Happening
    look: Look
    band: Look | None

    @property
    def policy_id(self) -> str:
        """The policy it is about, where it begins or changes its mode; else empty."""
        return self.happening.about if self.happening.kind in ABOUT_POLICIES else ""


@dataclass(frozen=True)
class TimelinePage:
    """Everything the page shows."""

    incident: Incident
    timeline: Timeline
    entries: Sequence[Entry]
    simulated: Sequence[Entry]
    preventions: str  # how many there were, such as "3" or "1,000+"
    names: Mapping[str, str]  # by id, of what the sentences mention
    may_read: Verdict  # whether this person's view counts
    saw: bool | None  # whether a view of today saw a prevention; None: none was recorded

    @property
    def records_view(self) -> bool:
        """Whether this view is still to be noted."""
        sees_more = self.saw is None or (self.timeline.has_prevention and not self.saw)
        return self.may_read.allowed and sees_more

    @property
    def hidden(self) -> bool:
        """Whether some preventions in the middle are not listed."""
        shown = sum(one.happening.kind is Kind.PREVENTION for one in self.entries)
        return shown >= 2 * AT_EACH_END


def timeline_page(incident: Incident, *, actor: Actor, now: datetime) -> TimelinePage:
    """The page; load the incident with its loop, recovery and pattern. Three queries."""
    views = views_of(incident_id=incident.pk, by=actor, now=now)
    timeline = timeline_of(incident, along=[views])
    return TimelinePage(
        incident=incident,
        timeline=timeline,
        entries=[_entry(one) for one in timeline.events],
        simulated=[_entry(one) for one in timeline.simulated],
        preventions=prevention_count(incident),
        names=names_around(incident),
        may_read=verdict(check_reviews, actor),
        saw=next((one.has_prevention for one in views), None),
    )


def timeline_of(incident: Incident, *, along: Sequence[QuerySet[Any]] = ()) -> Timeline:
    """What happened, from the rows; load the incident with its loop and recovery. Two queries.

    `along` are lists that the caller goes through afterwards, read in the same statement.
    """
    mine = policies_of(incident.tenant_id, incident.pk)
    rules = list(mine.annotate(hides_opinions=hides_opinions()))  # the same for every reader
    recovery: RecoveryCandidate | None = getattr(incident.loop, "recovery", None)
    matched = incident.loop.events.filter(stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE)
    changed = RecoveryAudit.objects.filter(candidate=recovery).order_by("created_at", "pk")
    agreed, modes, harm = _life_of(rules)
    prevented = _preventions(incident)
    fetch_together(matched, changed, agreed, modes, harm, *prevented, *along)
    return arrange(
        chain(
            [happenings.of_incident(incident)],
            map(happenings.of_match, matched),
            happenings.of_recovery(recovery, changed) if recovery else (),
            map(happenings.of_birth, rules),
            map(happenings.of_confirmation, agreed),
            map(happenings.of_mode, modes),
            map(happenings.of_prevention, {one.pk: one for one in chain(*prevented)}.values()),
            chain.from_iterable(map(happenings.of_regret, harm)),
            happenings.of_revert(incident.loop),
        )
    )


def prevention_count(incident: Incident) -> str:
    """How many real preventions go back to this incident."""
    counted = _prevented(incident).real()[: COUNTED_AT_MOST + 1].count()
    return f"{COUNTED_AT_MOST:,}+" if counted > COUNTED_AT_MOST else f"{counted:,}"


def _life_of(
    rules: Sequence[PolicyRule],
) -> tuple[QuerySet[PolicyConfirmation], QuerySet[PolicyActivationAudit], QuerySet[RegretEvent]]:
    """What became of the policies since: who agreed, their modes, and the harm they did."""
    told = [rule for rule in rules if confirmations_told(rule) is not None]
    agreed = PolicyConfirmation.objects.filter(policy__in=told).select_related("policy", "reviewer")
    modes = PolicyActivationAudit.objects.filter(policy__in=rules).select_related("policy")
    harm = RegretEvent.objects.filter(policy__in=rules).select_related("policy")
    return (
        agreed.order_by("-at")[:AT_MOST],
        modes.order_by("-activated_at", "-pk")[:AT_MOST],
        harm.order_by("-created_at", "-pk")[:AT_MOST],
    )


def _prevented(incident: Incident) -> PreventionRecordQuerySet:
    return PreventionRecord.objects.filter(
        tenant=incident.tenant_id, original_incident_id=incident.pk
    )


def _preventions(incident: Incident) -> tuple[QuerySet[PreventionRecord], ...]:
    """The first success, which is the proof, and the rows at both ends."""
    rows = _prevented(incident).select_related("policy")
    proof = rows.real().filter(outcome__in=SUCCESSES).order_by("created_at", "pk")[:1]
    first = rows.order_by("created_at", "pk")[:AT_EACH_END]
    last = rows.order_by("-created_at", "-pk")[:AT_EACH_END]
    return proof, first, last


def _entry(happening: Happening) -> Entry:
    stopped = happening.kind is not Kind.PREVENTION or happening.succeeded
    return Entry(
        happening=happening,
        look=LOOKS[happening.kind] if stopped else NOT_PREVENTED,
        band=BANDS[Band(happening.band)] if happening.band else None,
    )
