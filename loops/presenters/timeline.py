"""The page from an incident to its prevention."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from loops.actions.timeline_views import policies_of, seen_today
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
    RegretEvent,
)
from loops.models.evaluations import PreventionRecordQuerySet
from loops.opinions import confirmations_told, hides_opinions
from loops.presenters import happenings
from loops.presenters.looks import BANDS, Look
from loops.presenters.patterns import names_around
from m25console.access import Actor, Verdict, check_reviews, verdict

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
    """The page; load the incident with its loop, recovery and pattern. Thirteen queries."""
    timeline = timeline_of(incident)
    return TimelinePage(
        incident=incident,
        timeline=timeline,
        entries=[_entry(one) for one in timeline.events],
        simulated=[_entry(one) for one in timeline.simulated],
        preventions=prevention_count(incident),
        names=names_around(incident),
        may_read=verdict(check_reviews, actor),
        saw=seen_today(incident_id=incident.pk, by=actor, now=now),
    )


def timeline_of(incident: Incident) -> Timeline:
    """What happened, from the rows; load the incident with its loop and recovery. Ten queries."""
    mine = policies_of(incident.tenant_id, incident.pk)
    rules = list(mine.annotate(hides_opinions=hides_opinions()))  # the same for every reader
    return arrange(
        chain(
            [happenings.of_incident(incident)],
            _matched(incident),
            _recovered(incident),
            _policies(rules),
            map(happenings.of_prevention, _preventions(incident)),
            _regrets(rules),
            happenings.of_revert(incident.loop),
        )
    )


def prevention_count(incident: Incident) -> str:
    """How many real preventions go back to this incident."""
    counted = _prevented(incident).real()[: COUNTED_AT_MOST + 1].count()
    return f"{COUNTED_AT_MOST:,}+" if counted > COUNTED_AT_MOST else f"{counted:,}"


def _matched(incident: Incident) -> Iterator[Happening]:
    events = incident.loop.events.filter(stage=Stage.INCIDENT_CREATED, status=EventStatus.DONE)
    return map(happenings.of_match, events)


def _recovered(incident: Incident) -> Iterator[Happening]:
    recovery = getattr(incident.loop, "recovery", None)
    if recovery is not None:
        changes = RecoveryAudit.objects.filter(candidate=recovery).order_by("created_at", "pk")
        yield from happenings.of_recovery(recovery, changes)


def _policies(rules: Sequence[PolicyRule]) -> Iterator[Happening]:
    """The policies this failure led to, and their life since."""
    yield from map(happenings.of_birth, rules)
    told = [rule for rule in rules if confirmations_told(rule) is not None]
    agreed = PolicyConfirmation.objects.filter(policy__in=told).select_related("policy", "reviewer")
    yield from map(happenings.of_confirmation, agreed.order_by("-at")[:AT_MOST])
    modes = PolicyActivationAudit.objects.filter(policy__in=rules).select_related("policy")
    yield from map(happenings.of_mode, modes.order_by("-activated_at", "-pk")[:AT_MOST])


def _prevented(incident: Incident) -> PreventionRecordQuerySet:
    return PreventionRecord.objects.filter(
        tenant=incident.tenant_id, original_incident_id=incident.pk
    )


def _preventions(incident: Incident) -> Sequence[PreventionRecord]:
    """The first success, which is the proof, and the rows at both ends."""
    rows = _prevented(incident).select_related("policy")
    proof = rows.real().filter(outcome__in=SUCCESSES).order_by("created_at", "pk")[:1]
    first = rows.order_by("created_at", "pk")[:AT_EACH_END]
    last = rows.order_by("-created_at", "-pk")[:AT_EACH_END]
    return list({one.pk: one for one in (*proof, *first, *last)}.values())


def _regrets(rules: Sequence[PolicyRule]) -> Iterator[Happening]:
    rows = RegretEvent.objects.filter(policy__in=rules)
    newest = rows.select_related("policy").order_by("-created_at", "-pk")[:AT_MOST]
    return chain.from_iterable(map(happenings.of_regret, newest))


def _entry(happening: Happening) -> Entry:
    stopped = happening.kind is not Kind.PREVENTION or happening.succeeded
    return Entry(
        happening=happening,
        look=LOOKS[happening.kind] if stopped else NOT_PREVENTED,
        band=BANDS[Band(happening.band)] if happening.band else None,
    )
