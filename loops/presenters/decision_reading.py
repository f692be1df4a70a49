"""What the page of one checkpoint reads beside the checkpoint itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from loops.actions.policy_checks import Voices
from loops.domain.states import CheckpointType
from loops.models import HumanCheckpoint, PolicyConfirmation, PolicyRule, PolicyVersion
from loops.opinions import hides_opinions
from loops.presenters.answered import given_in_loop
from loops.presenters.calibrations import latest_outcomes
from loops.presenters.comments import members_of, remarked_on
from loops.presenters.decision_figures import matching_of
from loops.presenters.forecasts import ROUTING, ahead_of_answer
from loops.presenters.held import holds_on
from loops.presenters.past_outcomes import outcomes_around
from loops.presenters.queue_filters import YES, Filters, wanted
from loops.presenters.reach import endpoint_of, under_way
from loops.presenters.rejections import rejections_of
from loops.presenters.wordings import recovery_of
from m25console.access import Actor
from m25console.together import Rows, Select, fetch_together

type Found = Mapping[str, Sequence[Any]]  # objects or rows, by the name of their list


def read_around(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> Found:
    """Every list that its page is made of, by name; one query."""
    lists = dict(
        history=given_in_loop(checkpoint, actor=actor),
        holds=holds_on(checkpoint, actor=actor),
        remarks=remarked_on(checkpoint, actor=actor),
        members=members_of(actor.tenant),
        matching=matching_of(checkpoint),
        policies=_policies_around(checkpoint, actor),
        past=outcomes_around(checkpoint, now=now),
        judged=latest_outcomes(checkpoint.incident.matched_pattern_id or ""),
        rejected=rejections_of(checkpoint, recovery_of(checkpoint), actor=actor),
        following=following(checkpoint, actor=actor, now=now),
        **_of_its_kind(checkpoint, actor, now),
    )
    fetch_together(*lists.values())
    return {name: list(rows) for name, rows in lists.items()}


def following(checkpoint: HumanCheckpoint, *, actor: Actor, now: datetime) -> Rows:
    """The other one that waits for this person the longest."""
    mine = Filters(mine=YES if actor.can_review else "")
    rows = wanted(actor, mine, now=now).exclude(pk=checkpoint.pk)
    return rows.longest_waiting_first().values("pk")[:1]


def policy_among(rules: Sequence[PolicyRule], *, target_id: str) -> PolicyRule | None:
    """The policy in question, or else the live one of the incident's pattern."""
    return min(rules, key=lambda rule: rule.pk != target_id, default=None)


def voices_in(found: Found) -> Voices:
    """Who has confirmed the policy in question as it is, and who wrote it."""
    confirmed = frozenset(row["reviewer_id"] for row in found.get("confirmed", ()))
    written = [row["author_id"] for row in found.get("written", ())]
    return Voices(confirmed, *(written or [None]))


def _of_its_kind(
    checkpoint: HumanCheckpoint, actor: Actor, now: datetime
) -> dict[str, Rows | Select]:
    """What only this kind of question is weighed by."""
    kind = CheckpointType(checkpoint.checkpoint_type)
    if kind in ROUTING:
        return {"ahead": ahead_of_answer(checkpoint, tenant=actor.tenant, now=now)}
    if kind is CheckpointType.APPROVE_RECOVERY:
        return {"under_way": under_way(checkpoint), "endpoint": endpoint_of(checkpoint)}
    if kind is CheckpointType.APPROVE_POLICY:
        as_it_is = {"policy": checkpoint.target_id, "revision": F("policy__revision")}
        return {
            "confirmed": PolicyConfirmation.objects.filter(**as_it_is).values("reviewer_id"),
            "written": PolicyVersion.objects.filter(**as_it_is).values("author_id")[:1],
        }
    return {}


def _policies_around(checkpoint: HumanCheckpoint, actor: Actor) -> Rows:
    rules = PolicyRule.objects.filter(tenant=checkpoint.tenant_id)
    live = rules.live().filter(source_pattern=checkpoint.incident.matched_pattern_id)
    found = rules.filter(Q(pk=checkpoint.target_id) | Q(pk__in=live.values("pk")))
    return found.annotate(hides_opinions=hides_opinions(actor))
