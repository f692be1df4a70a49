"""A tenant's policies ready to judge, kept by each process between requests.

A book knows which change of the policies it was read at. Whoever judges by it says so to the
database, which accepts the judgement only while nothing has changed since: see `evaluating`.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from django.db import connection

from loops.actions.rules import COLUMNS, by_policy, rules_of_row, standing_exceptions
from loops.domain.evaluation import EVALUATED_MODES, RuleBook
from loops.models import PolicyRule

MAX_BOOKS: Final = 200  # tenants
MAX_RULES: Final = 50_000  # policies in all books together, as long as there are several
_CHANGES: Final = "SELECT count(*), coalesce(max(id), 0) FROM policy_changes WHERE tenant_id = %s"


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
    exceptions = by_policy(standing_exceptions(tenant_id, policy__mode__in=EVALUATED_MODES))
    evaluated = PolicyRule.objects.filter(tenant=tenant_id, mode__in=EVALUATED_MODES)
    rules = [
        rule
        for row in evaluated.order_by("created_at", "pk").values(*COLUMNS)
        for rule in rules_of_row(row, exceptions[row["pk"]])
    ]
    return Book(RuleBook(rules), changes, last_change)
