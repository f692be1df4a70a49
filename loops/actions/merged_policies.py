"""What a merge or split of patterns does to the policies about them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from loops.actions.policy_modes import change_mode, dismiss_proposals
from loops.actions.policy_revisions import begin_revision
from loops.domain.evaluation import PATTERN
from loops.domain.pattern_merges import LivePolicy, contradictions, kept, renamed
from loops.domain.policy import activated_by
from loops.domain.states import LIVE_MODES, PolicyMode
from loops.models import FailurePattern, PolicyRule
from m25console import audit
from m25console.access import Actor

RENAMED: Final = "The pattern it asks for was merged or split; its new revision needs new yeses."


@dataclass(frozen=True)
class PolicyChanges:
    """What becomes of policies when patterns become one."""

    inherited: tuple[PolicyRule, ...]  # of the merged patterns, kept and those long switched off
    retired: tuple[PolicyRule, ...]  # live ones that give way
    kept: PolicyRule | None  # the live one that stays
    renamed: tuple[PolicyRule, ...]  # live ones whose condition asks for a merged pattern by name
    contradicting: tuple[tuple[PolicyRule, PolicyRule], ...]  # in force, doing different things
    merged: frozenset[str]  # the patterns that are no more

    @property
    def are_edits(self) -> bool:
        """Whether a policy is switched off or rewritten, which is for admins to do."""
        return bool(self.retired or self.renamed)

    def in_short(self) -> list[list[Any]]:
        """What a person agrees to."""
        concerned = [*self.inherited, *self.retired, *self.renamed]
        if self.kept is not None:
            concerned.append(self.kept)
        return sorted([one.pk, one.mode, one.revision] for one in concerned)


def changes(heir: FailurePattern, merged: Collection[str], *, lock: bool = False) -> PolicyChanges:
    """What a merge of those patterns into the heir would do to policies; one query."""
    names = Q(source_pattern__in=[heir.pk, *merged])
    for one in merged:
        names |= Q(told__contains=f'"{one}"', mode__in=sorted(LIVE_MODES))
    concerned = (
        PolicyRule.objects.filter(tenant=heir.tenant_id)
        .annotate(told=Cast("conditions", TextField()))
        .filter(names)
        .order_by("pk")
    )
    rows = {one.pk: one for one in (concerned.locked() if lock else concerned)}
    return _sorted_out(list(rows.values()), heir=heir.pk, merged=merged)


def join(
    found: PolicyChanges, *, heir: FailurePattern, note: str, by: Actor, now: datetime
) -> dict[str, dict[str, Any]]:
    """Carry out changes() of locked policies; by merged pattern, which policies were moved,
    renamed and retired."""
    moved: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(list))
    for policy in found.retired:
        _switch_off(policy, note=note, by=by, now=now)
        moved[policy.source_pattern_id or ""]["retired"].append(policy.pk)
    names = dict.fromkeys(found.merged, heir.pk)
    for policy in found.renamed:
        for one in asked_for(policy) & found.merged:
            moved[one]["renamed"].append(policy.pk)
        rename(policy, names=names, note=note, by=by, now=now)
    for policy in (*found.inherited, *found.retired):
        if policy.source_pattern_id != heir.pk:
            moved[policy.source_pattern_id or ""]["policies"].append(policy.pk)
            move(policy, to=heir, now=now)
    return {pattern_id: dict(told) for pattern_id, told in moved.items()}


def move(policy: PolicyRule, *, to: FailurePattern, now: datetime) -> None:
    """Make a locked policy another pattern's."""
    policy.source_pattern = to
    policy.updated_at = now
    policy.save(update_fields=["source_pattern", "updated_at"])


def rename(
    policy: PolicyRule, *, names: Mapping[str, str], note: str, by: Actor, now: datetime
) -> None:
    """Let a locked policy ask for patterns by other names, as a revision nobody confirmed yet.

    One that was in force observes from now on, as after any other edit.
    """
    assert by.user is not None  # only people may review
    conditions = renamed(policy.conditions, names=names)
    if conditions == policy.conditions:
        return
    before = {"conditions": policy.conditions, "revision": policy.revision}
    begin_revision(
        policy, changes={"conditions": conditions}, label=by.label, author=by.user, note=note,
        now=now,
    )  # fmt: skip
    after = {"conditions": conditions, "revision": policy.revision}
    audit.record(
        by=by, action="policy.modify", about=policy, before=before, after=after, note=note, now=now
    )
    if policy.mode == PolicyMode.ACTIVE:
        path = activated_by(by.user.pk)
        change_mode(policy, to=PolicyMode.SHADOW, path=path, now=now, by=by, note=note)
    dismiss_proposals(policy, note=RENAMED, now=now)


def _sorted_out(rows: Sequence[PolicyRule], *, heir: str, merged: Collection[str]) -> PolicyChanges:
    patterns = {heir, *merged}
    by_id = {one.pk: one for one in rows}
    live = [
        _live(one) for one in rows if one.mode in LIVE_MODES and one.source_pattern_id in patterns
    ]
    stays = kept(live, heir=heir)
    retired = [by_id[one.policy_id] for one in live if one is not stays]
    return PolicyChanges(
        inherited=tuple(
            one for one in rows if one.source_pattern_id in merged and one not in retired
        ),
        retired=tuple(retired),
        kept=by_id[stays.policy_id] if stays else None,
        renamed=tuple(
            one
            for one in rows
            if one.mode in LIVE_MODES and one not in retired and asked_for(one) & set(merged)
        ),
        merged=frozenset(merged),
        contradicting=tuple(
            (by_id[first.policy_id], by_id[second.policy_id])
            for first, second in contradictions(live)
        ),
    )


def asked_for(policy: PolicyRule) -> set[str]:
    """The patterns that a condition asks for by name."""
    found: set[str] = set()
    waiting: list[Any] = [policy.conditions]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict) and node.get("field") == PATTERN:
            value = node.get("value")
            found |= {one for one in (value if isinstance(value, list) else [value]) if one}
        elif isinstance(node, dict):
            waiting += node.values()
    return found


def _live(policy: PolicyRule) -> LivePolicy:
    return LivePolicy(
        policy_id=policy.pk,
        pattern_id=policy.source_pattern_id or "",
        mode=PolicyMode(policy.mode),
        confidence=policy.generation_confidence,
        created_at=policy.created_at,
        action=policy.actions,
    )


def _switch_off(policy: PolicyRule, *, note: str, by: Actor, now: datetime) -> None:
    assert by.user is not None  # only people may review
    path = activated_by(by.user.pk)
    change_mode(policy, to=PolicyMode.DISABLED, path=path, now=now, by=by, note=note)
