"""What a few words lead to: an object by its id, or one whose text contains them.

Texts are looked for among the newest WINDOW of each kind only, so a search costs the same however
much there is; lists have searches of their own that look further.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from loops.domain.legible import legible
from loops.models import (
    Agent,
    FailurePattern,
    HumanCheckpoint,
    Incident,
    LoopTrace,
    PolicyEvaluation,
    PolicyRule,
    PreventionRecord,
    RecoveryCandidate,
    RoutingAdjustment,
    SavedView,
)
from loops.presenters.patterns import name_of
from m25console.access import Actor
from m25console.finding import Found
from m25console.models import Tenant
from m25console.together import fetch_together

WINDOW: Final = 1000
SHOWN: Final = 5  # of each kind
LEAST_CHARACTERS: Final = 2
AN_ID: Final = re.compile(r"^([a-z]+)_[0-9a-f]{16}$")
# By the first part of an id: what it names, the address of its page, and an icon.
KINDS: Final[Mapping[str, tuple[type[Model], str, str, str]]] = {
    "inc": (Incident, "loops:incident", "Incident", "activity"),
    "loop": (LoopTrace, "loops:loop", "Loop", "infinity"),
    "pat": (FailurePattern, "loops:pattern", "Pattern", "fingerprint"),
    "chk": (HumanCheckpoint, "loops:checkpoint", "Checkpoint", "hand-stop"),
    "pol": (PolicyRule, "loops:policy", "Policy", "shield"),
    "rec": (RecoveryCandidate, "loops:recovery", "Recovery", "heartbeat"),
    "adj": (RoutingAdjustment, "loops:adjustment", "Adjustment", "route"),
    "eval": (PolicyEvaluation, "loops:evaluation", "Evaluation", "shield"),
    "prev": (PreventionRecord, "loops:prevention", "Prevention", "shield-check"),
}


def found(actor: Actor, words: str) -> list[Found]:
    """What `words` may mean to `actor`, the surest first; two queries at most."""
    if len(words) < LEAST_CHARACTERS:
        return [_saved_view(view) for view in _views(actor, words)]
    named = _named(actor.tenant, words)
    return [named] if named else list(_texts(actor, words))


def _named(tenant: Tenant, words: str) -> Found | None:
    match = AN_ID.match(words)
    if match is None or match[1] not in KINDS:
        return None
    model, url_name, kind, icon = KINDS[match[1]]
    if not model._default_manager.filter(tenant=tenant, pk=words).exists():
        return None
    return Found(kind, words, reverse(url_name, args=[words]), icon)


def _views(actor: Actor, words: str) -> QuerySet[SavedView]:
    seen = SavedView.objects.filter(Q(owner=actor.user) | Q(is_shared=True), tenant=actor.tenant)
    return seen.filter(name__icontains=words).order_by("name", "pk")[:SHOWN]


def _texts(actor: Actor, words: str) -> Iterator[Found]:
    """What contains the words; one query."""
    tenant, views = actor.tenant, _views(actor, words)
    waiting = HumanCheckpoint.objects.for_tenant(tenant).pending().select_related("incident")
    asked = _among(waiting, "-created_at", Q(incident__title__icontains=words))
    like = Q(template_text__icontains=words) | Q(error_type__icontains=words)
    patterns = _among(FailurePattern.objects.for_tenant(tenant), "-last_occurrence_at", like)
    rules = PolicyRule.objects.for_tenant(tenant)
    policies = _among(rules, "-created_at", Q(name__icontains=words))
    titled = Q(title__icontains=words) | Q(external_id=words)
    incidents = _among(Incident.objects.for_tenant(tenant), "-created_at", titled)
    called = Q(agent_id__icontains=words)
    agents = _among(Agent.objects.for_tenant(tenant), "-last_seen_at", called)
    fetch_together(views, asked, patterns, policies, incidents, agents)
    yield from map(_saved_view, views)
    yield from (_line("chk", one.pk, one.incident.title, one.created_at) for one in asked)
    yield from (_line("pat", one.pk, name_of(one), one.last_occurrence_at) for one in patterns)
    yield from (_line("pol", one.pk, one.name, one.created_at) for one in policies)
    yield from (_line("inc", one.pk, one.title, one.created_at) for one in incidents)
    yield from map(_agent, agents)


def _among[Row: Model](rows: QuerySet[Row], order: str, like: Q) -> QuerySet[Row]:
    newest = rows.order_by(order, "-pk").values("pk")[:WINDOW]
    return rows.filter(like, pk__in=newest).order_by(order, "-pk")[:SHOWN]


def _line(prefix: str, key: str, text: str, at: datetime) -> Found:
    _model, url_name, kind, icon = KINDS[prefix]
    return Found(kind, legible(text), reverse(url_name, args=[key]), icon, at)


def _saved_view(view: SavedView) -> Found:
    address = f"{reverse('loops:checkpoints')}?{view.query}"
    return Found("Saved view", view.name, address, "filter")


def _agent(agent: Agent) -> Found:
    address = reverse("loops:agent", args=[agent.pk])
    return Found("Agent", legible(agent.agent_id), address, "robot")
