"""The audit: who did what, when, and through which door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db import connection

from loops.domain.legible import json_text
from loops.opinions import audit_unseen_by
from loops.presenters.object_words import DEEDS
from m25console import keyset
from m25console.access import Actor, check_reviews
from m25console.keyset import Order, Page, Place
from m25console.models import AuditEntry, AuditEntryQuerySet, Tenant
from m25console.objects import kind_of, page_of, spoken
from m25console.vocabulary import Door

NEWEST: Final = Order("at", tie_kind=int)
DOORS: Final[Mapping[str, str]] = {
    Door.WEB: "on a page",
    Door.API: "through the API",
    Door.ADMIN: "in administration",
    Door.SYSTEM: "by the console itself",
}
# One index entry per action, whatever the number of rows: the next greater one each time.
_ACTIONS: Final = """
WITH RECURSIVE known(action) AS (
    (SELECT action FROM audit_entries WHERE tenant_id = %(tenant)s ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT e.action FROM audit_entries e
            WHERE e.tenant_id = %(tenant)s AND e.action > k.action ORDER BY e.action LIMIT 1)
    FROM known k WHERE k.action IS NOT NULL
)
SELECT action FROM known WHERE action IS NOT NULL LIMIT 500
"""


@dataclass(frozen=True)
class AuditFilters:
    """What the list is narrowed to; empty means everything. Days are UTC and both included."""

    person: str = ""
    action: str = ""
    object: str = ""
    since: str = ""
    until: str = ""

    @property
    def any(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def rows(self, actor: Actor) -> AuditEntryQuerySet:
        """The entries that pass and that this actor may know of, unordered."""
        rows = AuditEntry.objects.for_tenant(actor.tenant).exclude(audit_unseen_by(actor))
        if self.person:
            rows = rows.filter(actor=int(self.person))
        if self.action:
            rows = rows.filter(action=self.action)
        if self.object:
            rows = rows.filter(object_id=self.object)
        if self.since:
            rows = rows.filter(at__gte=_begin(self.since))
        if self.until:
            rows = rows.filter(at__lt=_begin(self.until) + timedelta(days=1))
        return rows


@dataclass(frozen=True)
class Difference:
    """One field that the act changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditRow:
    """One act in the list."""

    entry: AuditEntry
    did: str
    kind: str  # of what it was done to
    url: str  # of what it was done to; empty if that has no page
    door: str
    differences: Sequence[Difference]


def filters_from(query: Mapping[str, str]) -> AuditFilters:
    """The filters an address names; values nobody could have chosen are dropped."""
    person = query.get("person", "")
    return AuditFilters(
        person=person if person.isascii() and person.isdigit() and len(person) < 10 else "",
        action=_plain(query.get("action", "")),
        object=_plain(query.get("object", "")),
        since=_day(query.get("from", "")),
        until=_day(query.get("to", "")),
    )


def check_reads(actor: Actor) -> None:
    """Whether this actor may read who did what: reviewers and admins."""
    check_reviews(actor)


def audit_list(
    actor: Actor, *, filters: AuditFilters, place: Place
) -> tuple[Page[AuditEntry], list[AuditRow]]:
    """A page of the audit, the newest first: one query, or two if the first is not full."""
    page = keyset.page(filters.rows(actor), order=NEWEST, place=place)
    return page, [_row(one) for one in page.rows]


def actions_of(tenant: Tenant) -> list[str]:
    """Every action the audit of this tenant knows, in order: one index probe for each."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS, {"tenant": tenant.pk})
        return [action for (action,) in cursor.fetchall()]


def people_of(tenant: Tenant) -> list[tuple[str, str]]:
    """The members by id, for the filter; one query."""
    members = tenant.memberships.select_related("user").order_by("user__username")
    return [(str(one.user_id), str(one.user)) for one in members[:500]]


def action_words(action: str) -> str:
    """An action such as `token.created` as people say it."""
    noun, _, deed = action.partition(".")
    return spoken(f"{noun} {DEEDS.get(deed, deed)}")


def _row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        entry=entry,
        did=action_words(entry.action),
        kind=kind_of(entry.object_type).word,
        url=page_of(entry.object_type, entry.object_id),
        door=DOORS[entry.door],
        differences=_differences(entry),
    )


def _differences(entry: AuditEntry) -> list[Difference]:
    before, after = entry.before or {}, entry.after or {}
    return [
        Difference(name.replace("_", " "), _told(before.get(name)), _told(after.get(name)))
        for name in dict.fromkeys((*before, *after))
    ]


def _told(value: Any) -> str:
    if value is None or value == "":
        return "—"
    return value if isinstance(value, str) else json_text(value)


def _begin(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=UTC)


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return ""
    # The last day has no next one, which the filter would ask for.
    return found.isoformat() if date.min < found < date.max else ""


def _plain(value: str) -> str:
    return "" if "\0" in value else value.strip()[:128]
