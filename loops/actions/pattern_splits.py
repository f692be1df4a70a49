"""Taking incidents out of a pattern into one of their own, which stays so.

What is taken apart is told apart: the pair is written down, and nothing makes one of it again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from loops import permissions
from loops.actions import cannot_links, merged_policies, split_signatures
from loops.actions.holding import hold_catalogue
from loops.actions.pattern_merges import MOST_MOVED, bucket_name, move_recoveries
from loops.feed import tell_of_pattern
from loops.models import (
    FailurePattern,
    Incident,
    PatternAlias,
    PatternMerge,
    PatternSplit,
    PolicyRule,
)
from m25console import audit
from m25console.access import Actor, check_administers, check_reviews
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import found

MOST_CHOSEN: Final = 200  # incidents taken out by hand at once


@dataclass(frozen=True)
class Unmerging:
    """What taking a merge back would do, as things stand now."""

    pattern: FailurePattern  # becomes one of its own again
    heir: FailurePattern
    merge: PatternMerge
    along: tuple[FailurePattern, ...]  # that had been merged into it before, and go with it
    incidents: int  # that came with it or were recognised by it since
    policies: tuple[PolicyRule, ...]  # that go back with it
    renamed: tuple[PolicyRule, ...]  # whose condition asks for it by name again

    @property
    def are_edits(self) -> bool:
        """Whether a policy is rewritten, which is for admins to do."""
        return bool(self.renamed)


@transaction.atomic
def unmerge(*, pattern_id: str, reason: str, by: Actor, now: datetime) -> FailurePattern:
    """Make a merged pattern one of its own again, with everything that was recognised by it.

    Its policies go back with it; one that gave way stays off. Raises NotFound, NotPermitted,
    InvalidInput or WrongState (it is not merged), having changed nothing.
    """
    check_reviews(by)
    note = permissions.check_pattern_reason(reason)
    hold_catalogue(by.tenant.pk)
    pattern, heir = _pair(pattern_id, by=by)
    parting = what_it_would_part(pattern, heir, lock=True)
    check_unmerge(by, parting)
    PatternAlias.objects.filter(pattern=pattern).delete()
    told = _take_out(pattern, heir, _came_by(pattern, heir, parting.along), now=now)
    for one in parting.along:
        _give_back(one, pattern, now=now)
    for policy in parting.renamed:
        names = {heir.pk: pattern.pk}
        merged_policies.rename(policy, names=names, note=note, by=by, now=now)
    for policy in parting.policies:
        merged_policies.move(policy, to=pattern, now=now)
    told |= {"policies": [one.pk for one in parting.policies]}
    _write(pattern, heir, told, undoes=parting.merge, note=note, by=by, now=now)
    return pattern


def what_it_would_part(
    pattern: FailurePattern, heir: FailurePattern, *, lock: bool = False
) -> Unmerging:
    """What taking this merge back would do now; five queries. `lock` holds the policies."""
    merge = _last_merge(pattern)
    told = merge.moved
    wanted = [*told.get("policies", []), *told.get("renamed", [])]
    policies = PolicyRule.objects.filter(tenant=pattern.tenant_id, pk__in=wanted).order_by("pk")
    rows = list(policies.locked() if lock else policies)
    along = _merged_with(pattern, heir)
    return Unmerging(
        pattern=pattern,
        heir=heir,
        merge=merge,
        along=along,
        incidents=_came_by(pattern, heir, along).count(),
        policies=tuple(
            one
            for one in rows
            if one.pk in told.get("policies", []) and one.source_pattern_id == heir.pk
        ),
        renamed=tuple(
            one
            for one in rows
            if one.pk in told.get("renamed", []) and heir.pk in merged_policies.asked_for(one)
        ),
    )


def check_unmerge(actor: Actor, parting: Unmerging) -> None:
    """Whether this actor may take this merge back, which may take an admin."""
    check_reviews(actor)
    if parting.are_edits:
        check_administers(actor)
    _check_size(parting.incidents)


@transaction.atomic
def split(
    *, pattern_id: str, incident_ids: Collection[str], reason: str, by: Actor, now: datetime
) -> FailurePattern:
    """Make a pattern of these incidents of another one; returns the new one.

    Policies stay with the old one. Raises NotFound, NotPermitted, InvalidInput (what was chosen
    cannot be told from what would stay) or WrongState, having changed nothing.
    """
    check_reviews(by)
    note = permissions.check_pattern_reason(reason)
    hold_catalogue(by.tenant.pk)
    mine = FailurePattern.objects.for_tenant(by.tenant).locked()
    source = found(mine, pattern_id, noun="pattern")
    chosen = chosen_of(source, incident_ids)
    made = split_signatures.make(chosen, source=source, now=now)
    moving = Incident.objects.filter(tenant=by.tenant, pk__in=[one.pk for one in chosen])
    told = _take_out(made, source, moving, now=now)
    moving.update(recurrence_signature=made.signature_hash)
    split_signatures.narrow(source, gone=chosen, now=now)
    _write(made, source, told, undoes=None, note=note, by=by, now=now)
    return made


def chosen_of(source: FailurePattern, incident_ids: Collection[str]) -> list[Incident]:
    """The incidents to take out, oldest first; one query. Raises InvalidInput or WrongState."""
    if source.merged_into_id:
        raise WrongState("This pattern is merged into another. Take that back instead.")
    if not incident_ids:
        raise InvalidInput("Choose the incidents that are another failure.")
    if len(incident_ids) > MOST_CHOSEN:
        raise InvalidInput(f"Choose up to {MOST_CHOSEN} incidents at a time.")
    mine = Incident.objects.filter(tenant=source.tenant_id, matched_pattern=source)
    chosen = list(mine.filter(pk__in=incident_ids).order_by("created_at", "pk"))
    if len(chosen) != len(set(incident_ids)):
        raise InvalidInput("Some of these incidents are not of this pattern, or not any more.")
    if len(chosen) == source.occurrence_count:
        raise InvalidInput("These are all of them: there would be nothing left to tell them from.")
    return chosen


def _pair(pattern_id: str, *, by: Actor) -> tuple[FailurePattern, FailurePattern]:
    """The merged pattern and its heir, locked in their order."""
    mine = FailurePattern.objects.for_tenant(by.tenant)
    merged = found(mine, pattern_id, noun="pattern")
    if merged.merged_into_id is None:
        raise WrongState("This pattern is not merged into another, or not any more.")
    both = mine.locked().filter(pk__in=[merged.pk, merged.merged_into_id])
    locked = {one.pk: one for one in both}
    return locked[merged.pk], locked[merged.merged_into_id]


def _last_merge(pattern: FailurePattern) -> PatternMerge:
    return pattern.merges_into.filter(undone_by__isnull=True).latest("pk")


def _merged_with(pattern: FailurePattern, heir: FailurePattern) -> tuple[FailurePattern, ...]:
    """Patterns that had been merged into this one, or into one of those, before it was merged."""
    standing = list(
        PatternMerge.objects.filter(source__merged_into=heir, undone_by__isnull=True).values_list(
            "source", "into"
        )
    )
    found = {pattern.pk}
    while more := {source for source, into in standing if into in found} - found:
        found |= more
    return tuple(FailurePattern.objects.filter(pk__in=found - {pattern.pk}).order_by("pk"))


def _came_by(
    pattern: FailurePattern, heir: FailurePattern, along: Iterable[FailurePattern]
) -> QuerySet[Incident]:
    """The incidents that read like the pattern, or like one of those that go with it."""
    return Incident.objects.filter(
        tenant=pattern.tenant_id,
        matched_pattern=heir,
        recurrence_signature__in=[one.signature_hash for one in (pattern, *along)],
    )


def _give_back(merged: FailurePattern, to: FailurePattern, *, now: datetime) -> None:
    merged.merged_into, merged.updated_at = to, now
    merged.save(update_fields=["merged_into", "updated_at"])
    PatternAlias.objects.filter(pattern=merged).update(heir=to, heir_bucket=bucket_name(to))


def _take_out(
    pattern: FailurePattern, source: FailurePattern, moving: QuerySet[Incident], *, now: datetime
) -> dict[str, Any]:
    """Move incidents with their recoveries, and count them where they are now."""
    ids = list(moving.values_list("pk", flat=True))
    own = {"source_pattern": source, "source_incident__in": ids}
    recoveries = move_recoveries(pattern.tenant_id, own, to=pattern)
    mine = Incident.objects.filter(tenant=pattern.tenant_id, pk__in=ids)
    latest = mine.aggregate(latest=Max("created_at"))["latest"]
    mine.update(matched_pattern=pattern)
    pattern.merged_into = None
    pattern.occurrence_count = len(ids)
    pattern.last_occurrence_at = latest or pattern.last_occurrence_at
    source.occurrence_count -= len(ids)
    for one in (pattern, source):
        one.updated_at = now
        one.save(
            update_fields=["merged_into", "occurrence_count", "last_occurrence_at", "updated_at"]
        )
    return {"incidents": len(ids), "recoveries": recoveries}


def _write(
    pattern: FailurePattern,
    source: FailurePattern,
    told: dict[str, Any],
    *,
    undoes: PatternMerge | None,
    note: str,
    by: Actor,
    now: datetime,
) -> None:
    """The split's histories, and the pair that keeps it so."""
    assert by.user is not None  # only people may review
    rest = {name: value for name, value in told.items() if name != "incidents"}
    PatternSplit.objects.create(
        tenant=by.tenant, source=source, into=pattern, undoes=undoes, moved=rest,
        incidents=told["incidents"], reason=note, person=by.user, label=by.label, at=now,
    )  # fmt: skip
    action = "pattern.split" if undoes is None else "pattern.unmerge"
    after = {"out_of": source.pk, **told}
    audit.record(by=by, action=action, about=pattern, note=note, now=now, after=after)
    cannot_links.keep_apart(pattern, source, note=note, by=by, now=now)
    tell_of_pattern(pattern, now=now)


def _check_size(incidents: int) -> None:
    if incidents > MOST_MOVED:
        raise WrongState(
            f"This would move {incidents:,} incidents; up to {MOST_MOVED:,} can be moved at once."
        )
