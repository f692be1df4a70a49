"""The pages before a merge or a split: exactly what would become of everything concerned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from loops.actions import split_signatures
from loops.actions.pattern_merges import (
    COUNTED_AT_MOST,
    Joining,
    check_merge,
    what_it_would_join,
)
from loops.actions.pattern_splits import chosen_of
from loops.domain.narrative import MODE_WORDS
from loops.domain.states import PolicyMode
from loops.models import FailurePattern, Incident, PolicyRule, RoutingAdjustment
from loops.presenters.likeness import Named
from loops.presenters.patterns import Piece, pieces
from loops.presenters.policies import does_words
from m25console import keyset
from m25console.access import Actor, Verdict, check_reviews, verdict
from m25console.keyset import Order, Page, Place
from m25console.refusals import Refusal

NEWEST: Final = Order("created_at")
OFFERED: Final = 50  # incidents to choose from, at a time


@dataclass(frozen=True)
class Fate:
    """One thing that a merge concerns: how it stands, and what it would be."""

    kind: str
    name: str
    now: str
    then: str


@dataclass(frozen=True)
class MergePage:
    """What a merge would do."""

    heir: Named
    sources: Sequence[Named]
    fates: Sequence[Fate]
    contradictions: Sequence[str]
    apart: Sequence[str]
    digest: str
    may: Verdict

    @property
    def is_pair(self) -> bool:
        """Whether it is of two, which may be told apart instead."""
        return len(self.sources) == 1


def merge_page(patterns: Sequence[FailurePattern], *, into: str, actor: Actor) -> MergePage:
    """The preview of merging these patterns into one of them; seven queries."""
    heir = next((one for one in patterns if one.pk == into), None) or largest(patterns)
    joining = what_it_would_join(heir, [one for one in patterns if one is not heir])
    return MergePage(
        heir=Named(heir, pieces(heir)),
        sources=[Named(one, pieces(one)) for one in joining.sources],
        fates=_fates(joining),
        contradictions=[
            f"“{first.name}” would {does_words(first)}, “{second.name}” would {does_words(second)}."
            for first, second in joining.policies.contradicting
        ],
        apart=[
            f"{one.label} told {one.left_id} and {one.right_id} apart: {one.reason}"
            for one in joining.apart
        ],
        digest=joining.digest,
        may=verdict(check_merge, actor, joining),
    )


def largest(patterns: Sequence[FailurePattern]) -> FailurePattern:
    """The one that has seen most, the oldest of several: fewest incidents move then."""
    return min(patterns, key=lambda one: (-one.occurrence_count, one.created_at, one.pk))


def _fates(joining: Joining) -> list[Fate]:
    heir = "counted by the pattern that stays"
    moved = [
        ("Incidents", joining.incidents, heir),
        ("Recoveries", joining.recoveries, "part of its history"),
        (
            "Open questions",
            joining.checkpoints,
            "still to be answered, about the pattern that stays",
        ),
    ]
    of = "of the merged pattern" if len(joining.sources) == 1 else "of the merged patterns"
    counted = [Fate(kind, _bounded(number), of, then) for kind, number, then in moved if number]
    return [*counted, *_policy_fates(joining), *_routing_fates(joining)]


def _policy_fates(joining: Joining) -> list[Fate]:
    policies = joining.policies
    renamed = {one.pk for one in policies.renamed}
    told: list[Fate] = []
    concerned = [*policies.inherited, *policies.renamed, *policies.retired]
    for one in {policy.pk: policy for policy in concerned}.values():
        if one in policies.retired:
            then = "switched off: a pattern has one live policy at most"
        elif one.pk in renamed:
            then = f"asks for the pattern that stays, as revision {one.revision + 1}"
            if one.mode == PolicyMode.ACTIVE:
                then += ", and observes until it is confirmed"
        else:
            then = "is of the pattern that stays"
        told.append(Fate("Policy", one.name, MODE_WORDS[PolicyMode(one.mode)], then))
    return told


def _routing_fates(joining: Joining) -> list[Fate]:
    by: list[PolicyRule] = [*joining.policies.inherited, *joining.policies.retired]
    if not by:
        return []
    standing = RoutingAdjustment.objects.active().filter(source_policy__in=[one.pk for one in by])
    return [
        Fate("Routing change", one.agent_id, f"{one.magnitude:+.0%} of weight",
             "stays, and fades as it would have")
        for one in standing.order_by("pk")[:OFFERED]
    ]  # fmt: skip


def _bounded(number: int) -> str:
    return f"{number:,}" + ("+" if number == COUNTED_AT_MOST else "")


@dataclass(frozen=True)
class SplitPage:
    """Incidents to take out of a pattern, and what either side would be recognised by."""

    pattern: FailurePattern
    pieces: Sequence[Piece]
    page: Page[Incident]
    chosen: Sequence[Incident]
    new: str  # what the new pattern would be recognised by; empty until something is chosen
    old: str  # what this one would be recognised by then
    refusal: str  # why what is chosen cannot be split off
    may: Verdict


def split_page(
    pattern: FailurePattern, *, chosen: Collection[str], place: Place, actor: Actor
) -> SplitPage:
    """The choice, and the preview of what is chosen; one query, or six."""
    mine = Incident.objects.for_tenant(actor.tenant).of_pattern(pattern.pk)
    shown = mine.defer("context").select_related(None)
    found: Sequence[Incident] = ()
    new = old = refusal = ""
    if chosen:
        try:
            found = chosen_of(pattern, chosen)
            new = _told(split_signatures.signed(found, source=pattern))
            left = split_signatures.narrowed(pattern, without=chosen)
            old = left.text if left else pattern.template_text or "its fields, as before"
        except Refusal as refused:
            refusal = str(refused)
    return SplitPage(
        pattern=pattern,
        pieces=pieces(pattern),
        page=keyset.page(shown, order=NEWEST, place=place, size=OFFERED),
        chosen=found,
        new=new,
        old=old,
        refusal=refusal,
        may=verdict(check_reviews, actor),
    )


def _told(signed: split_signatures.Signed) -> str:
    if signed.text:
        return signed.text
    fields = {name: value for name, value in signed.signature.items() if value}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in fields.items())
