"""What a pattern is and is not: its nearest others, merges, splits, and pairs told apart."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from loops.actions.pattern_splits import Unmerging, check_unmerge, what_it_would_part
from loops.domain.confidence import band
from loops.domain.states import RecoveryStatus, RejectReason, Resolution
from loops.engine.neighbours import Neighbour, ids_near, nearest
from loops.models import CannotLink, CheckpointDecision, FailurePattern, RecoveryCandidate
from loops.presenters.audit import action_words
from loops.presenters.looks import BANDS
from loops.presenters.matches import FIELD_WORDS
from loops.presenters.patterns import Piece, pieces
from loops.presenters.policies import does_words
from m25console.access import Actor, Verdict, check_reviews, verdict
from m25console.looks import Look
from m25console.models import AuditEntry

ACTIVITY_SHOWN: Final = 30
REJECTIONS_SHOWN: Final = 10
LOOKED_BACK_AT: Final = 100  # rejected recoveries, the newest
REJECTED_FOR: Final = {one: one.replace("_", " ") for one in RejectReason}
_ABOUT_PAIRS: Final = ("pattern.merge", "pattern.unmerge", "pattern.split", "pattern.tell_apart")


@dataclass(frozen=True)
class Other:
    """Another pattern beside this one, with what would make it the match instead."""

    pattern: FailurePattern
    pieces: Sequence[Piece]
    score: float
    band: Look
    flips: Sequence[str]
    apart: CannotLink | None


@dataclass(frozen=True)
class Named:
    """A pattern by its name."""

    pattern: FailurePattern
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Pair:
    """A pair told apart, seen from one side."""

    link: CannotLink
    other: Named


@dataclass(frozen=True)
class Rejection:
    """Why somebody rejected what was suggested for the pattern."""

    who: str
    at: datetime
    reason: str
    note: str
    checkpoint_id: str


@dataclass(frozen=True)
class Happened:
    """One entry of the pattern's history."""

    did: str
    entry: AuditEntry


@dataclass(frozen=True)
class LikenessPage:
    pattern: FailurePattern
    pieces: Sequence[Piece]
    others: Sequence[Other]
    merged: Sequence[Named]
    pairs: Sequence[Pair]
    may: Verdict


@dataclass(frozen=True)
class HistoryPage:
    """What people made of a pattern."""

    pattern: FailurePattern
    pieces: Sequence[Piece]
    rejections: Sequence[Rejection]
    activity: Sequence[Happened]


def likeness_page(pattern: FailurePattern, *, actor: Actor) -> LikenessPage:
    """What the pattern is and is not: three queries, one less where nobody told it apart."""
    near = ids_near(pattern)
    related = FailurePattern.objects.for_tenant(actor.tenant).filter(
        Q(merged_into=pattern) | Q(pk__in=near)
    )
    rows = list(related)
    merged = [one for one in rows if one.merged_into_id == pattern.pk]
    told_apart = any(one.apart_from for one in (pattern, *merged))
    links = _links(pattern, [one.pk for one in merged]) if told_apart else []
    mine = {pattern.pk, *(one.pk for one in merged)}
    others = [one for one in rows if one.merged_into_id is None]
    return LikenessPage(
        pattern=pattern,
        pieces=pieces(pattern),
        others=[_other(one, links) for one in nearest(pattern, others)],
        merged=[Named(one, pieces(one)) for one in merged],
        pairs=[_pair(link, mine) for link in links],
        may=verdict(check_reviews, actor),
    )


def history_page(pattern: FailurePattern) -> HistoryPage:
    """What people changed about the pattern, and why they rejected what was suggested for it:
    three queries."""
    merged = FailurePattern.objects.filter(merged_into=pattern).values_list("pk", "apart_from")
    related = {pattern.pk, *pattern.apart_from}
    for pk, apart_from in merged:
        related |= {pk, *apart_from}
    return HistoryPage(pattern, pieces(pattern), _rejections(pattern), _activity(pattern, related))


def _links(pattern: FailurePattern, merged: list[str]) -> list[CannotLink]:
    standing = CannotLink.objects.filter(tenant=pattern.tenant_id).standing()
    return list(standing.of([pattern.pk, *merged]).select_related("left", "right").order_by("-pk"))


def _pair(link: CannotLink, mine: Collection[str]) -> Pair:
    other = link.right if link.left_id in mine else link.left
    return Pair(link, Named(other, pieces(other)))


def _other(found: Neighbour, links: Sequence[CannotLink]) -> Other:
    known = found.pattern
    apart = next((one for one in links if known.pk in (one.left_id, one.right_id)), None)
    return Other(
        pattern=known,
        pieces=pieces(known),
        score=found.score,
        band=BANDS[band(found.score)],
        flips=[
            f"{FIELD_WORDS.get(tell.place, tell.place)} “{tell.there or 'nothing'}” "
            f"instead of “{tell.here or 'nothing'}”"
            for tell in found.tells
        ],
        apart=apart,
    )


def _rejections(pattern: FailurePattern) -> list[Rejection]:
    rejected = RecoveryCandidate.objects.filter(
        tenant=pattern.tenant_id, source_pattern=pattern, status=RecoveryStatus.REJECTED
    ).order_by("-created_at")
    said = (
        CheckpointDecision.objects.filter(
            checkpoint__trace__in=rejected.values("trace")[:LOOKED_BACK_AT],
            option=Resolution.REJECT,
            is_final=True,
        )
        .select_related("person")
        .order_by("-pk")
    )
    return [
        Rejection(
            who=str(one.person),
            at=one.at,
            reason=REJECTED_FOR.get(RejectReason(one.reason_code), "") if one.reason_code else "",
            note=one.note,
            checkpoint_id=one.checkpoint_id,
        )
        for one in said[:REJECTIONS_SHOWN]
    ]


def _activity(pattern: FailurePattern, related: set[str]) -> list[Happened]:
    entries = AuditEntry.objects.filter(
        Q(object_id__in=related, action__in=_ABOUT_PAIRS) | Q(object_id=pattern.pk),
        object_type=FailurePattern._meta.db_table,
    )
    return [
        Happened(action_words(one.action), one) for one in entries.newest_first()[:ACTIVITY_SHOWN]
    ]


@dataclass(frozen=True)
class MergedPage:
    """What is left of a pattern that was merged: where it went, and the way back."""

    parting: Unmerging
    pieces: Sequence[Piece]
    heir: Named
    policies: Sequence[str]  # that would go back with it
    may: Verdict


def merged_page(pattern: FailurePattern, heir: FailurePattern, *, actor: Actor) -> MergedPage:
    """A merged pattern's page; five queries."""
    parting = what_it_would_part(pattern, heir)
    return MergedPage(
        parting=parting,
        pieces=pieces(pattern),
        heir=Named(heir, pieces(heir)),
        policies=[f"{one.name}: {does_words(one)}" for one in parting.policies],
        may=verdict(check_unmerge, actor, parting),
    )
