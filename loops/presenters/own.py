"""What the first page shows one person beside the tenant's state: by their role, in one query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from loops.domain.notifications import KEEPS_FAILING
from loops.domain.states import (
    ActivationPath,
    GraduationLevel,
    LoopOutcome,
    PreventionOutcome,
    Resolution,
    Risk,
    Verification,
)
from loops.presenters.looks import OUTCOMES, RISKS, VERIFICATIONS
from loops.presenters.preventions import OUTCOMES as PREVENTED
from loops.presenters.proofs import LEVELS
from loops.presenters.wordings import ANSWERS
from m25console.access import Actor
from m25console.looks import Look

SHOWN: Final = 5
MOST: Final = 100  # of stuck runs and of waiting questions of one risk
FRESH: Final = timedelta(minutes=1)
RECENTLY: Final = timedelta(days=30)

# Each selects (kind, id, moment, title, first word, second word, number).
_REVIEWS: Final = """
(SELECT 'risk', w.risk::text, min(q.created_at), '', '', '', count(q.created_at)
 FROM unnest(ARRAY[3, 2, 1]) AS w(risk) LEFT JOIN LATERAL (
    SELECT c.created_at FROM human_checkpoints c
    WHERE c.tenant_id = %(tenant)s AND c.risk = w.risk AND c.resolved_at IS NULL
    ORDER BY c.created_at, c.id LIMIT %(most)s + 1) q ON true
 GROUP BY w.risk ORDER BY w.risk DESC)
UNION ALL
(SELECT 'claim', c.id, c.claimed_until, i.title, '', '', 0
 FROM human_checkpoints c JOIN incidents i ON i.id = c.incident_id
 WHERE c.tenant_id = %(tenant)s AND c.claimed_by_id = %(person)s AND c.resolved_at IS NULL
   AND c.claimed_until > %(now)s
 ORDER BY c.id LIMIT %(shown)s)
UNION ALL
(SELECT 'mention', k.checkpoint_id, k.at, k.text, u.username, '', 0
 FROM comment_mentions m JOIN checkpoint_comments k ON k.id = m.comment_id
 JOIN users u ON u.id = k.author_id
 WHERE m.tenant_id = %(tenant)s AND m.person_id = %(person)s
 ORDER BY m.id DESC LIMIT %(shown)s)
UNION ALL
(SELECT 'decision', d.checkpoint_id, d.at, i.title, d.option,
        t.outcome || '/' || coalesce(r.verification, ''), 0
 FROM checkpoint_decisions d JOIN human_checkpoints c ON c.id = d.checkpoint_id
 JOIN incidents i ON i.id = c.incident_id JOIN loop_traces t ON t.id = c.trace_id
 LEFT JOIN recovery_candidates r ON r.trace_id = t.id
 WHERE d.tenant_id = %(tenant)s AND d.person_id = %(person)s
 ORDER BY d.id DESC LIMIT %(shown)s)
"""
_ADMINISTERS: Final = """
UNION ALL
(SELECT 'part', h.role, max(h.beat_at), '', '', '', 0 FROM heartbeats h GROUP BY h.role)
UNION ALL
(SELECT 'stuck', '', NULL, '', '', '', count(*) FROM (
    SELECT 1 FROM audit_runs r WHERE r.tenant_id = %(tenant)s AND r.overdue_since IS NOT NULL
    LIMIT %(most)s + 1) n)
UNION ALL
(SELECT 'jobs', '', NULL, '', '', '', count(*) FROM periodic_jobs j WHERE j.last_error <> '')
UNION ALL
(SELECT 'channels', '', NULL, '', '', '', count(*) FROM (
    SELECT 1 FROM notification_channels n
    WHERE n.tenant_id = %(tenant)s AND n.removed_at IS NULL AND n.is_enabled
      AND n.failures >= %(failing)s LIMIT %(most)s + 1) n)
UNION ALL
(SELECT 'promise', a.policy_id, a.activated_at, p.name, '', '', 0
 FROM policy_activation_audit a JOIN policy_rules p ON p.id = a.policy_id
 WHERE a.tenant_id = %(tenant)s AND a.approval_path = %(broken)s AND a.activated_at > %(recently)s
 ORDER BY a.activated_at DESC, a.id DESC LIMIT %(shown)s)
UNION ALL
(SELECT 'set', s.name, NULL, '', '', '', 0 FROM (
    SELECT 'endpoint' AS name
    WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE tenant_id = %(tenant)s)
    UNION ALL SELECT 'token'
    WHERE EXISTS (SELECT 1 FROM api_tokens WHERE tenant_id = %(tenant)s AND revoked_at IS NULL)
    UNION ALL SELECT 'rules'
    WHERE EXISTS (SELECT 1 FROM checkpoint_configs WHERE tenant_id = %(tenant)s)
    UNION ALL SELECT 'reviewers' WHERE 2 <= (
        SELECT count(*) FROM memberships
        WHERE tenant_id = %(tenant)s AND role IN ('reviewer', 'admin'))) s)
"""
_READS: Final = """
(SELECT 'level', g.level, g.last_checked, g.label, '', '', 0
 FROM m25_graduation_status g WHERE g.tenant_id = %(tenant)s)
UNION ALL
(SELECT 'prevention', r.id, r.created_at, p.name, r.outcome, '', 0
 FROM prevention_records r JOIN policy_rules p ON p.id = r.policy_id
 WHERE r.tenant_id = %(tenant)s AND NOT r.is_simulated AND NOT r.is_synthetic
 ORDER BY r.created_at DESC, r.id DESC LIMIT %(shown)s)
UNION ALL
(SELECT 'story', t.id, t.last_activity_at, i.title, '', '', 0
 FROM loop_traces t JOIN incidents i ON i.id = t.incident_id
 WHERE t.tenant_id = %(tenant)s AND t.outcome = 'complete'
 ORDER BY t.last_activity_at DESC, t.id DESC LIMIT %(shown)s)
"""
_SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "token": ("No machine may send anything yet", "tokens"),
    "reviewers": ("Only one person may decide, so nothing can need two", "members"),
    "rules": ("When people are asked was never looked at", "loops:checkpoint-rules"),
    "endpoint": (
        "Recoveries are only recorded: nothing carries them out",
        "loops:recovery-settings",
    ),
}
_PARTS: Final = {"relay": "Relay", "worker": "Workers"}
_AT_WORK: Final = Look("At work", "ok", "check")
_SILENT: Final = Look("Not heard of lately", "bad", "alert-triangle")


@dataclass(frozen=True)
class Entry:
    """One line of a list: an object, when, and what there is to say of it."""

    id: str
    at: datetime | None
    title: str
    looks: Sequence[Look] = ()
    who: str = ""
    number: int = 0

    @property
    def bounded(self) -> str:
        return f"{MOST}+" if self.number > MOST else str(self.number)


@dataclass(frozen=True)
class Own:
    """Lists by kind: for reviewers risk, claim, mention, decision; for admins also part, stuck,
    jobs, channels, promise and setting; for viewers level, prevention, story."""

    lists: Mapping[str, Sequence[Entry]]
    settings: Sequence[tuple[str, str]]  # what is unfinished, and the page that finishes it
    role: str

    def of(self, kind: str) -> Sequence[Entry]:
        return self.lists.get(kind, ())

    @property
    def failing(self) -> Sequence[Entry]:
        """What an admin should look at; empty means all is well."""
        late = [one for one in self.of("part") if one.looks and one.looks[0].tone == "bad"]
        counted = (one for kind in ("stuck", "jobs", "channels") for one in self.of(kind))
        return [*late, *(one for one in counted if one.number)]


def own_of(actor: Actor, *, now: datetime) -> Own:
    """What this person's role is about; one query of bounded cost."""
    lists: dict[str, list[Entry]] = defaultdict(list)
    done: set[str] = set()
    for kind, *row in _rows(actor, now=now):
        if kind == "set":
            done.add(str(row[0]))
        else:
            lists[kind].append(_entry(kind, row, now=now))
    admin = actor.can_administer
    settings = [told for name, told in _SETTINGS.items() if admin and name not in done]
    return Own(dict(lists), settings, role=str(actor.role or ""))


def _rows(actor: Actor, *, now: datetime) -> Sequence[tuple[str, *tuple[object, ...]]]:
    statement = _READS
    if actor.can_review:
        statement = _REVIEWS + (_ADMINISTERS if actor.can_administer else "")
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "tenant": actor.tenant.pk,
                "person": actor.user.pk if actor.user else None,
                "now": now,
                "recently": now - RECENTLY,
                "failing": KEEPS_FAILING,
                "broken": ActivationPath.PROMISE_BROKEN.value,
                "shown": SHOWN,
                "most": MOST,
            },
        )
        return list(cursor.fetchall())


def _entry(kind: str, row: Sequence[object], *, now: datetime) -> Entry:
    name, moment, title, one, two, number = row
    at = moment if isinstance(moment, datetime) else None
    return Entry(
        id=str(name),
        at=at,
        title=_PARTS.get(str(name), str(name)) if kind == "part" else str(title),
        looks=_looks(kind, str(name), str(one), str(two), is_fresh=bool(at and now - at < FRESH)),
        who=str(one) if kind == "mention" else "",
        number=int(str(number)),
    )


def _looks(kind: str, name: str, one: str, two: str, *, is_fresh: bool) -> list[Look]:
    match kind:
        case "risk":
            return [RISKS[Risk(int(name))]]
        case "decision":
            outcome, _, verification = two.partition("/")
            became = [VERIFICATIONS[Verification(verification)]] if verification else []
            return [ANSWERS[Resolution(one)], OUTCOMES[LoopOutcome(outcome)], *became]
        case "part":
            return [_AT_WORK if is_fresh else _SILENT]
        case "level":
            return [LEVELS[GraduationLevel(name)]]
        case "prevention":
            return [PREVENTED[PreventionOutcome(one)]]
    return []
