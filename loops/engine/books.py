"""A tenant's policies ready to judge, kept by each process between requests.

A book knows which change of the policies it was read at. Whoever judges by it says so to the
database, which accepts the judgement only while nothing has changed since: see `evaluating`.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.db import connection
from django.db.models import QuerySet

from loops.domain.conditions import ConditionFault, compile_condition
from loops.domain.evaluation import EVALUATED_MODES, Exempt, Rule, RuleBook
from loops.domain.states import PolicyAction, PolicyMode, PolicyScope
from loops.models import PolicyException, PolicyRule, PolicyVersion

MAX_BOOKS: Final = 200  # tenants
MAX_RULES: Final = 50_000  # policies in all books together, as long as there are several
_COLUMNS: Final = (
    "pk", "tenant_id", "revision", "name", "mode", "actions", "priority", "created_at",
    "conditions", "scope_type", "scope_id", "activated_at", "source_pattern_id",
    "source_incident_id",
)  # fmt: skip
_EDITED: Final = ("revision", "name", "conditions", "actions", "scope_type", "scope_id")
_CHANGES: Final = "SELECT count(*), coalesce(max(id), 0) FROM policy_changes WHERE tenant_id = %s"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Book:
    """Policies as they were at `last_change`, the last of `changes` in the table of changes."""

    rules: RuleBook
    changes: int
    last_change: int


class Books:
    """The books used last. Threads share them; two may read the same one at once."""

    def __init__(self, *, max_books: int = MAX_BOOKS, max_rules: int = MAX_RULES) -> None:
        self._max_books = max_books
        self._max_rules = max_rules
        self._books: OrderedDict[str, Book] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> Book:
        """The tenant's book, which may be outdated; read from the database if none is kept."""
        with self._lock:
            kept = self._books.get(tenant_id)
            if kept is not None:
                self._books.move_to_end(tenant_id)
        return kept or self._read(tenant_id)

    def renewed(self, tenant_id: str, *, outdated: Book) -> Book:
        """A later book than this one."""
        with self._lock:
            kept = self._books.get(tenant_id)
        if kept is not None and kept is not outdated:
            return kept
        return self._read(tenant_id)

    def _read(self, tenant_id: str) -> Book:
        book = read_book(tenant_id)
        with self._lock:
            self._books[tenant_id] = book
            self._books.move_to_end(tenant_id)
            while len(self._books) > 1 and self._too_many():
                self._books.popitem(last=False)
        return book

    def _too_many(self) -> bool:
        rules = sum(len(one.rules.rules) for one in self._books.values())
        return len(self._books) > self._max_books or rules > self._max_rules


def read_book(tenant_id: str) -> Book:
    """The tenant's evaluated policies as they are now: three queries."""
    # The changes first: a book may be newer than it says, never older.
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, [tenant_id])
        changes, last_change = cursor.fetchone()
    exceptions = _by_policy(standing_exceptions(tenant_id, policy__mode__in=EVALUATED_MODES))
    evaluated = PolicyRule.objects.filter(tenant=tenant_id, mode__in=EVALUATED_MODES)
    rules = [
        rule
        for row in evaluated.order_by("created_at", "pk").values(*_COLUMNS)
        for rule in _rule(row, exceptions[row["pk"]])
    ]
    return Book(RuleBook(rules), changes, last_change)


def rule_of(policy: PolicyRule, *, exceptions: Iterable[Mapping[str, Any]]) -> Rule | None:
    """A policy ready to judge, whatever its mode, with these of its `standing_exceptions`; None
    if what is stored of it cannot be read."""
    row = {name: getattr(policy, name) for name in _COLUMNS}
    return next(_rule(row, _by_policy(exceptions)[policy.pk]), None)


def rule_at(policy: PolicyRule, version: PolicyVersion) -> Rule | None:
    """A policy as one of its revisions was, without exceptions; None if it cannot be read."""
    row = {name: getattr(policy, name) for name in _COLUMNS}
    row |= {name: getattr(version, name) for name in _EDITED}
    return next(_rule(row, []), None)


def standing_exceptions(tenant_id: str, **of_policies: Any) -> QuerySet[PolicyException, Any]:
    """The exceptions that stand, of policies that these conditions choose."""
    standing = PolicyException.objects.filter(
        tenant=tenant_id, ended_at__isnull=True, **of_policies
    )
    return standing.values("policy_id", "conditions", "expires_at")


def _by_policy(exceptions: Iterable[Mapping[str, Any]]) -> dict[str, list[Exempt]]:
    found: dict[str, list[Exempt]] = defaultdict(list)
    for one in exceptions:
        policy_id, expires_at = one["policy_id"], one["expires_at"]
        try:
            applies = compile_condition(one["conditions"]).applies
            found[policy_id].append(Exempt(applies, expires_at))
        except ConditionFault as fault:
            log.warning("exception cannot be read", policy=policy_id, fault=str(fault))
    return found


def _rule(row: dict[str, Any], exceptions: list[Exempt]) -> Iterator[Rule]:
    """The rule of a stored policy; none if what is stored cannot be read, as it never matches."""
    try:
        condition = compile_condition(row["conditions"])
        action = PolicyAction(row["actions"].get("type"))
    except ValueError as fault:
        log.warning("policy cannot be read", policy=row["pk"], fault=str(fault))
        return
    yield Rule(
        policy_id=row["pk"],
        tenant_id=row["tenant_id"],
        revision=row["revision"],
        name=row["name"],
        mode=PolicyMode(row["mode"]),
        action=action,
        params=row["actions"].get("params") or {},
        priority=row["priority"],
        created_at=row["created_at"],
        condition=condition,
        agent_id=row["scope_id"] if row["scope_type"] == PolicyScope.AGENT else None,
        exceptions=tuple(exceptions),
        activated_at=row["activated_at"],
        source_pattern_id=row["source_pattern_id"],
        source_incident_id=row["source_incident_id"],
    )
