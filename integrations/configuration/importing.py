"""Importing a configuration: first what it would do, then, if that was agreed to, doing it.

What it would do is found by doing it all and taking it back, so the two cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.configuration.documents import Entry, read
from integrations.configuration.items import Importing, Item, Kind
from integrations.configuration.kinds import KINDS
from integrations.configuration.stored import Stored
from integrations.domain.configuration import (
    FORMAT,
    VERSION,
    Outcome,
    Result,
    changes_between,
    digest_of,
)
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import Refusal, WrongState
from m25console.rows import hold


class Moved(WrongState):
    """What was shown is not what would happen now."""

    code = "changed_meanwhile"


@dataclass(frozen=True)
class Plan:
    """What becomes of every item; `digest` names the changes, and `document` holds only them."""

    results: Sequence[Result]
    digest: str

    def count(self, outcome: Outcome) -> int:
        return sum(one.outcome == outcome for one in self.results)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: self.count(outcome) for outcome in Outcome}

    @property
    def changes_anything(self) -> bool:
        return self.count(Outcome.NEW) + self.count(Outcome.CHANGED) > 0

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {"format": FORMAT, "version": VERSION}
        for one in self.results:
            if one.outcome in (Outcome.NEW, Outcome.CHANGED):
                document.setdefault(one.noun, []).append(one.item)
        return document


def look(document: Any, *, by: Actor, now: datetime) -> Plan:
    """What an import would do; nothing stays. Raises NotPermitted or InvalidInput."""
    check_connects(by)
    entries = _checked(read(document))
    with transaction.atomic():
        plan = _done(entries, by=by, now=now)
        transaction.set_rollback(True)
    return plan


def apply(document: Any, *, digest: str, by: Actor, now: datetime) -> Plan:
    """Do what `look` showed under this digest: every item that was not refused, together.

    Nothing is deleted. Raises NotPermitted, InvalidInput, or Moved if it would do something else
    by now, or there is nothing to do.
    """
    check_connects(by)
    return _applied(_checked(read(document)), digest=digest, by=by, now=now)


@transaction.atomic
def _applied(entries: Sequence[Entry], *, digest: str, by: Actor, now: datetime) -> Plan:
    plan = _done(entries, by=by, now=now)
    if plan.digest != digest:
        raise Moved("Something changed since this was shown. Look at it again, then import.")
    if not plan.changes_anything:
        raise Moved("There is nothing to change: everything in it is here already.")
    audit.record(
        by=by, action="configuration.imported", about=by.tenant, after=plan.counts, now=now
    )
    return plan


def _checked(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, with what their kinds find wrong with them by asking others."""
    return [_asked_about(one) for one in entries]


def _asked_about(entry: Entry) -> Entry:
    if entry.item is None or entry.kind.check is None:
        return entry
    try:
        entry.kind.check(entry.item)
    except Refusal as refused:
        return replace(entry, item=None, wrong=str(refused))
    return entry


def _done(entries: Sequence[Entry], *, by: Actor, now: datetime) -> Plan:
    hold(by.tenant)
    importing = Importing(by, now, Stored.of(by.tenant))
    results: list[Result] = []
    for kind in KINDS:
        mine = [one for one in entries if one.kind is kind]
        held = _held(kind, by.tenant, importing.stored) if mine else {}
        seen: set[str] = set()
        for entry in mine:
            results.append(_result(entry, held, seen, importing))
            seen.add(entry.name)
    return Plan(results, digest_of(results))


def _held(kind: Kind[Any], tenant: Tenant, stored: Stored) -> Mapping[str, tuple[Any, Item]]:
    """What is there, by key, locked until the end."""
    held: dict[str, tuple[Any, Item]] = {}
    for row in kind.rows(tenant).select_for_update(of=("self",)):
        item = kind.told(row, stored)
        held.setdefault(item.key, (row, item))
    return held


def _result(
    entry: Entry, held: Mapping[str, tuple[Any, Item]], seen: set[str], importing: Importing
) -> Result:
    kind, name = entry.kind, entry.name
    if entry.item is None:
        return Result(kind.noun, name, Outcome.REFUSED, reason=entry.wrong)
    if name in seen:
        return Result(kind.noun, name, Outcome.REFUSED, reason="It is in the document twice.")
    row, present = held.get(name, (None, None))
    before = present.model_dump(mode="json") if present else None
    given = entry.item.model_dump(mode="json", exclude_unset=True)
    wanted = kind.shape.model_validate({**(before or {}), **given})
    after = wanted.model_dump(mode="json")
    if before == after:
        return Result(kind.noun, name, Outcome.UNCHANGED)
    try:
        with transaction.atomic():
            kind.put(wanted, row, importing)
    except Refusal as refused:
        return Result(kind.noun, name, Outcome.REFUSED, reason=str(refused))
    outcome = Outcome.CHANGED if before else Outcome.NEW
    return Result(kind.noun, name, outcome, changes_between(before, after), item=after)
