"""Declaring patterns the same. One transaction: everything of them is of one, or nothing."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops import permissions
from loops.actions import merged_policies
from loops.actions.holding import hold_catalogue
from loops.actions.merged_policies import PolicyChanges
from loops.domain.buckets import bucket_of
from loops.feed import tell_of_pattern
from loops.models import (
    CannotLink,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    PatternAlias,
    PatternMerge,
    RecoveryCandidate,
)
from m25console import audit
from m25console.access import Actor, check_reviews
from m25console.refusals import InvalidInput, NotFound, NotPermitted, WrongState

MOST_MERGED: Final = 20  # patterns in one merge, besides the heir
MOST_MOVED: Final = 50_000  # incidents that one merge may move
COUNTED_AT_MOST: Final = 1000


class StaleMerge(WrongState):
    """What was shown is not what a merge or split would do now."""

    code = "stale_merge"


@dataclass(frozen=True)
class Joining:
    """What a merge would do, as things stand now."""

    heir: FailurePattern
    sources: tuple[FailurePattern, ...]
    apart: tuple[CannotLink, ...]  # pairs that forbid it
    policies: PolicyChanges
    recoveries: int  # that come along, COUNTED_AT_MOST at most
    checkpoints: int  # open questions that come along, COUNTED_AT_MOST at most

    @property
    def incidents(self) -> int:
        """How many incidents would move."""
        return sum(one.occurrence_count for one in self.sources)

    @property
    def digest(self) -> str:
        """Differs as soon as the merge would do something else than count more incidents."""
        told = {
            "heir": self.heir.pk,
            "sources": [one.pk for one in self.sources],
            "apart": [one.pk for one in self.apart],
            "policies": self.policies.in_short(),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def merge(
    *, into: str, pattern_ids: Collection[str], reason: str, by: Actor, now: datetime,
    seen: str = "",
) -> FailurePattern:  # fmt: skip
    """Make these patterns part of another, now and for the incidents to come; the heir.

    `seen` is the digest of the preview it was ordered on, empty to skip the comparison. Raises
    NotFound, NotPermitted, InvalidInput, WrongState (they were told apart, one is merged already,
    or there are too many incidents to move at once) or StaleMerge, having changed nothing.
    """
    check_reviews(by)
    note = permissions.check_pattern_reason(reason)
    hold_catalogue(by.tenant.pk)
    heir, sources = _held(into, pattern_ids, by=by)
    joining = what_it_would_join(heir, sources, lock=True)
    check_merge(by, joining)
    if seen and seen != joining.digest:
        raise StaleMerge("What the merge would do has changed since. Read it again.")
    moved = merged_policies.join(joining.policies, heir=heir, note=note, by=by, now=now)
    for source in sources:
        _take_in(source, heir, moved=moved.get(source.pk, {}), note=note, by=by, now=now)
    heir.updated_at = now
    heir.save(update_fields=["occurrence_count", "last_occurrence_at", "updated_at"])
    tell_of_pattern(heir, now=now)
    return heir


def what_it_would_join(
    heir: FailurePattern, sources: Sequence[FailurePattern], *, lock: bool = False
) -> Joining:
    """What a merge would do now; up to six queries. `lock` holds it for this transaction."""
    ids = [one.pk for one in sources]
    groups = {one.pk: {one.pk} for one in (heir, *sources)}
    merged = FailurePattern.objects.filter(merged_into__in=list(groups))
    for pk, group in merged.values_list("pk", "merged_into"):
        groups[str(group)].add(pk)
    recoveries = RecoveryCandidate.objects.filter(tenant=heir.tenant_id, source_pattern__in=ids)
    waiting = HumanCheckpoint.objects.pending().filter(
        tenant=heir.tenant_id, incident__matched_pattern__in=ids
    )
    return Joining(
        heir=heir,
        sources=tuple(sources),
        apart=tuple(_between(groups)),
        recoveries=recoveries.values("pk")[:COUNTED_AT_MOST].count(),
        checkpoints=waiting.values("pk")[:COUNTED_AT_MOST].count(),
        policies=merged_policies.changes(heir, ids, lock=lock),
    )


def check_merge(actor: Actor, joining: Joining) -> None:
    """Whether this actor may make these patterns one, which may take an admin."""
    check_reviews(actor)
    _check_can_be_one(joining)
    if joining.policies.are_edits and not actor.can_administer:
        raise NotPermitted(
            "This merge switches a policy off or rewrites one, which only this tenant's admins do."
        )


def _check_can_be_one(joining: Joining) -> None:
    if not joining.sources:
        raise InvalidInput("Choose at least one pattern to merge.")
    if len(joining.sources) > MOST_MERGED:
        raise InvalidInput(f"Merge up to {MOST_MERGED} patterns at a time.")
    for one in (joining.heir, *joining.sources):
        if one.merged_into_id:
            raise WrongState(f"Pattern {one.pk} is merged into {one.merged_into_id} already.")
    if joining.apart:
        pair = joining.apart[0]
        raise WrongState(
            f"{pair.label} told {pair.left_id} and {pair.right_id} apart: {pair.reason} "
            "Lift that first if it no longer holds."
        )
    if joining.incidents > MOST_MOVED:
        raise WrongState(
            f"This would move {joining.incidents:,} incidents; up to {MOST_MOVED:,} can be moved "
            "at once. Merge the smaller pattern into the larger."
        )


def bucket_name(pattern: FailurePattern) -> str:
    """The part of the catalogue that a pattern's incidents are looked up in."""
    return bucket_of(
        by_message=pattern.message_template is not None,
        error_type=pattern.error_type,
        error_code=pattern.signature.get("error_code"),
    )


def _between(groups: Mapping[str, set[str]]) -> list[CannotLink]:
    """Pairs told apart that would end in one pattern."""
    of = {pk: group for group, members in groups.items() for pk in members}
    standing = CannotLink.objects.standing().filter(left__in=list(of), right__in=list(of))
    return [one for one in standing.order_by("pk") if of[one.left_id] != of[one.right_id]]


def _held(
    into: str, pattern_ids: Collection[str], *, by: Actor
) -> tuple[FailurePattern, list[FailurePattern]]:
    wanted = {into, *pattern_ids}
    if len(wanted) > MOST_MERGED + 1:
        raise InvalidInput(f"Merge up to {MOST_MERGED} patterns at a time.")
    mine = FailurePattern.objects.for_tenant(by.tenant).locked().filter(pk__in=wanted)
    found = {one.pk: one for one in mine}
    if found.keys() != wanted:
        raise NotFound("There is no such pattern.")
    heir = found.pop(into)
    return heir, list(found.values())


def _take_in(
    source: FailurePattern,
    heir: FailurePattern,
    *,
    moved: dict[str, Any],
    note: str,
    by: Actor,
    now: datetime,
) -> None:
    """Move a locked pattern's incidents and recoveries; what it is recognised by stays with it."""
    assert by.user is not None  # only people may review
    incidents = Incident.objects.filter(tenant=by.tenant, matched_pattern=source)
    landed = incidents.update(matched_pattern=heir)
    recoveries = move_recoveries(by.tenant.pk, {"source_pattern": source}, to=heir)
    heir.occurrence_count += landed
    heir.last_occurrence_at = max(heir.last_occurrence_at, source.last_occurrence_at)
    _lead_to(heir, source, now=now)
    told = {**moved, "recoveries": recoveries}
    PatternMerge.objects.create(
        tenant=by.tenant, source=source, into=heir, incidents=landed, moved=told, reason=note,
        person=by.user, label=by.label, at=now,
    )  # fmt: skip
    audit.record(
        by=by, action="pattern.merge", about=source, note=note, now=now,
        after={"into": heir.pk, "incidents": landed, **told},
    )  # fmt: skip


def _lead_to(heir: FailurePattern, source: FailurePattern, *, now: datetime) -> None:
    """Let a pattern, and those that lead to it, lead straight to the heir."""
    source.merged_into, source.updated_at = heir, now
    source.save(update_fields=["merged_into", "updated_at"])
    FailurePattern.objects.filter(merged_into=source).update(merged_into=heir)
    PatternAlias.objects.filter(heir=source).update(heir=heir, heir_bucket=bucket_name(heir))
    PatternAlias.objects.create(
        pattern=source, tenant_id=heir.tenant_id, bucket=bucket_name(source), heir=heir,
        heir_bucket=bucket_name(heir),
    )  # fmt: skip


def move_recoveries(tenant_id: str, of: Mapping[str, Any], *, to: FailurePattern) -> int:
    """Make these recoveries another pattern's, as far as what follows from them; how many."""
    mine = RecoveryCandidate.objects.filter(tenant=tenant_id, **of)
    held = list(mine.locked().values_list("pk", flat=True))
    return RecoveryCandidate.objects.filter(pk__in=held).update(source_pattern=to)
