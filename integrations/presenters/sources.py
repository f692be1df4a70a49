"""Data sources as their list and the page of one show them; of secrets, that there are some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from integrations.actions.source_states import (
    check_can_activate,
    check_can_deprecate,
)
from integrations.domain import reaching
from integrations.domain.engines import ENGINES, SCHEMES, Engine, Kind
from integrations.domain.reaching import CannotReach
from integrations.domain.source_configs import MARK, SETTINGS
from integrations.domain.sources import SIGNS_IN_WITH, AuthType, SourceStatus, SourceType
from integrations.models import DataSource, SourceCheck
from integrations.presenters.health import SOURCES, StageLine, Uptime, stage_lines, uptimes
from integrations.presenters.integrations import Waiting, changes_of, waiting_for
from m25console import exports, keyset
from m25console.access import Actor, Verdict, check_connects, verdict
from m25console.exports import Column, Query, Table, field
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import AuditEntry

NEWEST: Final = Order("created_at")
CHECKS: Final = 60  # looks that are shown
STATUSES: Final[Mapping[SourceStatus, Look]] = {
    SourceStatus.PENDING: Look("Not switched on", "idle", "circle-dashed"),
    SourceStatus.CONFIGURING: Look("Changed, to be tested", "warn", "adjustments"),
    SourceStatus.ACTIVE: Look("Active", "ok", "plug-connected"),
    SourceStatus.INACTIVE: Look("Paused", "idle", "player-pause"),
    SourceStatus.ERROR: Look("Not reached", "bad", "alert-triangle"),
    SourceStatus.DEPRECATED: Look("Retired", "idle", "archive"),
}
TYPES: Final[Mapping[SourceType, str]] = {
    SourceType.DATABASE: "Databases",
    SourceType.DOCUMENT: "Documents and keys",
    SourceType.FILE: "Files",
    SourceType.VECTOR: "Vectors",
    SourceType.API: "Web APIs",
    SourceType.STREAM: "Streams",
    SourceType.CUSTOM: "Something else",
}
STAGES: Final[Mapping[str, str]] = {
    "settings": "Settings",
    "dns": "Name lookup",
    "tcp": "Connection",
    "tls": "Encryption",
    "answer": "Answer",
    "auth": "Sign-in",
    "permission": "Rights",
    "sample": "Contents",
}
COLUMNS: Final[Sequence[Column[Any]]] = (
    field("source_id", "pk"),
    field("name"),
    field("source_type"),
    field("status"),
    Column("tags", lambda row: ", ".join(row.tags)),
    Column("open_to", lambda row: ", ".join(row.access_roles) or "all roles"),
    field("connection_count"),
    field("error_count"),
    field("last_connected_at"),
    field("last_error"),
    field("created_at"),
)


@dataclass(frozen=True)
class SourceRow:
    """One source in a list."""

    row: DataSource
    kind: str
    look: Look


@dataclass(frozen=True)
class CheckLine:
    """One look at a source."""

    check: SourceCheck
    look: Look
    stage: str
    stages: Sequence[StageLine]


@dataclass(frozen=True)
class SourcePage:
    """One source with what a page tells of it."""

    row: DataSource
    kind: Kind | None
    look: Look
    address: str
    facts: Sequence[tuple[str, str]]
    checks: Sequence[CheckLine]
    waiting: Waiting | None
    uptime: Sequence[Uptime]
    changes: Sequence[AuditEntry]
    may_manage: Verdict
    may_activate: Verdict
    may_deprecate: Verdict


def chosen_from(query: Mapping[str, str]) -> dict[str, str]:
    """The filters an address names, without those nobody knows."""
    known: Mapping[str, type[StrEnum]] = {"status": SourceStatus, "source_type": SourceType}
    chosen = {name: query[name] for name, one in known.items() if query.get(name) in set(one)}
    tag = query.get("tag", "").strip()
    return chosen | ({"tag": tag} if tag and tag.isprintable() else {})


def filters(chosen: Mapping[str, str]) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Name, label, and the choices as value, words, whether it is chosen."""
    offered: Sequence[tuple[str, str, Mapping[Any, str]]] = (
        ("status", "State", {one: look.text for one, look in STATUSES.items()}),
        ("source_type", "Type", TYPES),
    )
    return [
        (name, label, [(one, words, chosen.get(name) == one) for one, words in choices.items()])
        for name, label, choices in offered
    ]


def source_list(
    actor: Actor, *, chosen: Mapping[str, str], place: Place
) -> tuple[Page[DataSource], list[SourceRow]]:
    """A page of those the actor may see, the newest first: one query."""
    page = keyset.page(_filtered(actor, chosen), order=NEWEST, place=place)
    return page, [SourceRow(one, _title(one), _look(one)) for one in page.rows]


def source_table(actor: Actor, query: Query, _now: datetime) -> Table[DataSource]:
    """What the list shows, as a file; nothing secret and nothing of how they are reached."""
    chosen = chosen_from(query)
    rows = _filtered(actor, chosen)
    return exports.listed("data-sources", rows, order=NEWEST, columns=COLUMNS, filters=chosen)


def source_page(row: DataSource, *, actor: Actor, now: datetime) -> SourcePage:
    """A source in full: three queries besides its own."""
    checks = row.checks.order_by("-at", "-id")[:CHECKS]
    engine = engine_of(row)
    return SourcePage(
        row=row,
        kind=ENGINES[engine] if engine else None,
        look=_look(row),
        address=_address(row),
        facts=_facts(row, engine),
        checks=[_check_line(one) for one in checks],
        waiting=waiting_for(row, now=now),
        uptime=uptimes(row, now=now, kept=SOURCES),
        changes=changes_of(row),
        may_manage=verdict(check_connects, actor),
        may_activate=verdict(check_can_activate, row, actor),
        may_deprecate=verdict(check_can_deprecate, row, actor),
    )


def lines_of(stages: Sequence[Mapping[str, Any]]) -> list[StageLine]:
    """The stages of a look in words."""
    return stage_lines(stages, words=STAGES)


def engine_of(row: DataSource) -> Engine | None:
    """What a source is; None where its settings fit nothing."""
    try:
        return reaching.engine_for(SourceType(row.source_type), row.config)
    except CannotReach:
        return None


def offered() -> list[tuple[str, list[tuple[Engine, Kind]]]]:
    """What can be registered, by type."""
    return [
        (
            words,
            [(engine, kind) for engine, kind in ENGINES.items() if kind.type is source_type],
        )
        for source_type, words in TYPES.items()
        if source_type in SCHEMES
    ]


def _filtered(actor: Actor, chosen: Mapping[str, str]) -> QuerySet[DataSource]:
    exact = {name: value for name, value in chosen.items() if name != "tag"}
    rows = DataSource.objects.open_to(actor).filter(**exact)
    return rows.filter(tags__contains=[chosen["tag"]]) if "tag" in chosen else rows


def _title(row: DataSource) -> str:
    engine = engine_of(row)
    return ENGINES[engine].title if engine else TYPES[SourceType(row.source_type)]


def _look(row: DataSource) -> Look:
    return STATUSES[SourceStatus(row.status)]


def _address(row: DataSource) -> str:
    """Without anything secret; of a sealed address nothing is told."""
    if row.config.get("connection_string") == MARK:
        return ""
    try:
        told = reaching.build_url(
            SourceType(row.source_type), row.config, mask=True, plain_at=settings.OUTBOUND_ALLOW
        )
    except CannotReach:
        return ""
    return told or ""


def _facts(row: DataSource, engine: Engine | None) -> list[tuple[str, str]]:
    """What is set, in the words of the form where it asks for it."""
    words = {one.name: one.label for one in ENGINES[engine].fields} if engine else {}
    told: list[tuple[str, str]] = []
    for name in SETTINGS:
        value = row.config.get(name)
        if isinstance(value, Mapping):
            inner = {f"{name}.{one}": each for one, each in value.items()}
            told += [(words.get(one, one), _said(each)) for one, each in inner.items()]
        elif value is not None:
            said = SIGNS_IN_WITH[AuthType(value)] if name == "auth_type" else _said(value)
            told.append((words.get(name, name.replace("_", " ").capitalize()), said))
    return told


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "stored, sealed" if value == MARK else str(value)


def _check_line(check: SourceCheck) -> CheckLine:
    look = Look("Works", "ok", "check") if check.is_good else Look("Failed", "bad", "circle-x")
    return CheckLine(check, look, STAGES.get(check.error, check.error), lines_of(check.stages))
