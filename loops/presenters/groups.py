"""Groups of equivalent questions, among those that wait longest."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core import signing

from loops.domain import bulk, groups
from loops.domain.groups import Member, group_key
from loops.domain.states import Risk
from loops.models import HumanCheckpoint
from loops.presenters.contracts import Term, terms_of
from loops.presenters.looks import RISKS
from loops.presenters.wordings import kind_of, question_of, recovery_of
from m25console.access import Actor
from m25console.looks import Look
from m25console.refusals import NotFound, WrongState

LOOKED_AT: Final = 600  # questions, the longest waiting
PROOF: Final = signing.Signer(salt="loops.groups.opened")


@dataclass(frozen=True)
class Group:
    """Equivalent questions of one tenant."""

    key: str
    kind: str
    question: str
    pattern: str
    risk: Look
    members: list[HumanCheckpoint]  # those that one decision would answer
    apart: list[tuple[HumanCheckpoint, str]]  # the others, each with the reason
    samples: list[str]  # ids, to be opened first

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Sample:
    """One member to look at before the group is decided."""

    id: str
    title: str
    agent: str
    confidence: float | None
    band: str
    created_at: datetime
    proof: str  # that it was opened; empty while it was not
    message: str
    terms: list[Term]


def groups_of(actor: Actor, *, now: datetime) -> list[Group]:
    """The groups among those that wait longest, the largest first; one query.

    High risk is in none: it is decided one by one.
    """
    waiting = (
        HumanCheckpoint.objects.for_tenant(actor.tenant)
        .pending()
        .filter(risk__lt=Risk.HIGH)
        .select_related("incident__matched_pattern", "trace__recovery", "claimed_by")
        .defer("words", "trace__narrative", "trace__recovery__execution_result")
        .longest_waiting_first()
    )
    found: dict[str, list[HumanCheckpoint]] = defaultdict(list)
    for one in waiting[:LOOKED_AT]:
        found[_key(one)].append(one)
    made = [_group(key, rows, actor, now) for key, rows in found.items()]
    whole = [one for one in made if one.size >= groups.LEAST]
    return sorted(whole, key=lambda one: (-one.size, one.key))


def group_of(actor: Actor, key: str, *, now: datetime) -> Group:
    """One group by its key. Raises NotFound if nothing of it waits, or too little for a group."""
    found = next((one for one in groups_of(actor, now=now) if one.key == key), None)
    if found is None:
        raise NotFound("There is no such group any more: too few of it wait.")
    return found


def samples_of(group: Group, *, actor: Actor, opened: Sequence[str]) -> list[Sample]:
    """What must be opened, with the proof for each that was; `opened` are ids opened so far."""
    by_id = {one.pk: one for one in group.members}
    return [_sample(by_id[pk], group, actor, is_open=pk in opened) for pk in group.samples]


def opened_in(proofs: Sequence[str], *, group: Group, actor: Actor) -> list[str]:
    """The samples that these proofs show were opened, by this person and as they are now."""
    good = {_proof(one, group, actor): one.pk for one in group.members if one.pk in group.samples}
    return [good[proof] for proof in proofs if proof in good]


def check_sampled(group: Group, *, opened: Sequence[str]) -> None:
    """Raises WrongState unless every sample was opened."""
    missing = [pk for pk in group.samples if pk not in opened]
    if missing:
        told = f"You opened {len(group.samples) - len(missing)} of {len(group.samples)} samples."
        raise WrongState(f"{told} Open them all, then decide.")


def _key(one: HumanCheckpoint) -> str:
    return group_key(
        checkpoint_type=one.checkpoint_type,
        stage=one.stage,
        pattern=one.incident.matched_pattern_id or "",
        risk=one.risk,
        contract=one.contract,
    )


def _group(key: str, rows: list[HumanCheckpoint], actor: Actor, now: datetime) -> Group:
    members = [_member(one, actor, now) for one in rows]
    odd = groups.apart(members)
    within = [one for one in rows if one.pk not in odd][: bulk.MOST]
    ids = {one.pk for one in within}
    first = rows[0]
    pattern = first.incident.matched_pattern
    return Group(
        key=key,
        kind=kind_of(first),
        question=question_of(first),
        pattern=(pattern.template_text or pattern.error_type) if pattern else "",
        risk=RISKS[Risk(first.risk)],
        members=within,
        apart=[(one, odd[one.pk]) for one in rows if one.pk in odd],
        samples=groups.samples([one for one in members if one.id in ids]),
    )


def _member(one: HumanCheckpoint, actor: Actor, now: datetime) -> Member:
    is_anothers = one.is_claimed(now=now) and one.claimed_by != actor.user
    return Member(
        id=one.pk,
        created_at=one.created_at,
        confidence=one.confidence,
        agent=one.incident.affected_agent_id or "",
        claimed_by_another=str(one.claimed_by) if is_anothers else "",
        is_deferred=one.deferred_at is not None,
    )


def _sample(one: HumanCheckpoint, group: Group, actor: Actor, *, is_open: bool) -> Sample:
    return Sample(
        id=one.pk,
        title=one.incident.title,
        agent=one.incident.affected_agent_id or "",
        confidence=one.confidence,
        band=one.confidence_band or "",
        created_at=one.created_at,
        proof=_proof(one, group, actor) if is_open else "",
        message=(one.incident.error_message or "") if is_open else "",
        terms=terms_of(one, recovery_of(one)) if is_open else [],
    )


def _proof(one: HumanCheckpoint, group: Group, actor: Actor) -> str:
    """What only this console can say: that this person was shown this question as it is."""
    person = actor.user.pk if actor.user else 0
    return PROOF.signature(f"{person}:{group.key}:{one.pk}:{one.contract_digest}")
