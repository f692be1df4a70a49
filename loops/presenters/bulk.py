"""Answers to many questions: what they would come to, and what came of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from loops.actions.bulk import Chosen
from loops.domain import bulk
from loops.domain.states import BulkAct, ItemState, Risk
from loops.models import BulkRun, HumanCheckpoint
from loops.models.checkpoints import HumanCheckpointQuerySet
from loops.opinions import results_seen_by
from loops.presenters.looks import RISKS
from loops.presenters.queue_filters import filters_in, wanted
from loops.presenters.wordings import kind_of, question_of
from m25console.access import Actor
from m25console.looks import Look
from m25console.refusals import NotFound

ACTS: Final = {
    BulkAct.APPROVE: "Approve",
    BulkAct.REJECT: "Reject",
    BulkAct.DEFER: "Defer",
    BulkAct.CLAIM: "Claim",
    BulkAct.RELEASE: "Release",
    BulkAct.SNOOZE: "Snooze",
}
EFFECTS: Final = {
    BulkAct.APPROVE: "What each of them asks for is done, where your yes is the last one needed.",
    BulkAct.REJECT: "What each of them asks for is not done, and its loop ends there.",
    BulkAct.DEFER: "Each of them keeps waiting, with your note beside it.",
    BulkAct.CLAIM: "Others see that you look at them.",
    BulkAct.RELEASE: "Others see that you do not look at them any more.",
    BulkAct.SNOOZE: "They are out of your queue until then; others still see them.",
}
STATES: Final = {
    ItemState.WAITING: Look("Waiting", "idle", "clock"),
    ItemState.DONE: Look("Done", "ok", "check"),
    ItemState.SKIPPED: Look("Skipped", "warn", "minus"),
}
SHOWN: Final = 50  # of all that match a filter


@dataclass(frozen=True)
class Row:
    """One of the questions, before anything is done."""

    id: str
    digest: str
    title: str
    question: str
    kind: str
    risk: Look
    obstacle: str  # why it will be left out, empty if it will not


@dataclass(frozen=True)
class Intent:
    """What somebody is about to do, for them to read and mean."""

    act: BulkAct
    rows: list[Row]  # all of those chosen, or the first of all that match
    total: int
    is_all: bool

    @property
    def label(self) -> str:
        return ACTS[self.act]

    @property
    def effect(self) -> str:
        return EFFECTS[self.act]

    @property
    def left_out(self) -> int:
        """How many of those shown will be left out."""
        return sum(bool(row.obstacle) for row in self.rows)

    @property
    def needs_reason(self) -> bool:
        return self.act is BulkAct.REJECT

    @property
    def takes_note(self) -> bool:
        return self.act in bulk.SETTLES

    @property
    def takes_moment(self) -> bool:
        return self.act is BulkAct.SNOOZE


def chosen_in(values: Sequence[str]) -> list[Chosen]:
    """The questions that checkboxes named, each with the digest of what was shown."""
    pairs = [value.replace("\0", "").partition(":") for value in values[: bulk.MOST + 1]]
    return [Chosen(pk[:64], digest[:64]) for pk, _, digest in pairs]


def matching(actor: Actor, query: str, *, now: datetime) -> HumanCheckpointQuerySet:
    """The waiting questions that the filter of this address lets through, the oldest first."""
    rows = wanted(actor, filters_in(dict(parse_qsl(query))), now=now)
    return rows.pending().longest_waiting_first()


def intent_of(act: BulkAct, chosen: Sequence[Chosen], *, actor: Actor) -> Intent:
    """What would be done to those chosen; one query. Raises NotFound for a foreign one."""
    mine = HumanCheckpoint.objects.for_tenant(actor.tenant)
    digests = {one.checkpoint_id: one.digest for one in chosen}
    found = list(_loaded(mine.filter(pk__in=list(digests)).longest_waiting_first()))
    if len(found) != len(digests):
        raise NotFound("One of these checkpoints does not exist.")
    rows = [_row(one, act, digest=digests[one.pk]) for one in found]
    return Intent(act, rows, len(rows), is_all=False)


def intent_of_all(act: BulkAct, rows: HumanCheckpointQuerySet) -> Intent:
    """What would be done to all that match; two queries."""
    shown = [_row(one, act, digest=one.contract_digest) for one in _loaded(rows)[:SHOWN]]
    return Intent(act, shown, rows[: bulk.MOST + 1].count(), is_all=True)


def _loaded(rows: HumanCheckpointQuerySet) -> HumanCheckpointQuerySet:
    return rows.select_related("incident", "trace__recovery")


def _row(one: HumanCheckpoint, act: BulkAct, *, digest: str) -> Row:
    return Row(
        id=one.pk,
        digest=digest,
        title=one.incident.title,
        question=question_of(one),
        kind=kind_of(one),
        risk=RISKS[Risk(one.risk)],
        obstacle=bulk.obstacle(act, options=one.options, risk=one.risk),
    )


@dataclass(frozen=True)
class Result:
    """One of the questions, and what came of it."""

    id: str
    title: str
    look: Look
    told: str


@dataclass(frozen=True)
class Progress:
    """A run, and how far it is."""

    run: BulkRun
    label: str
    results: list[Result]
    done: int
    skipped: int

    @property
    def is_finished(self) -> bool:
        return self.run.finished_at is not None

    @property
    def handled(self) -> int:
        return self.done + self.skipped

    @property
    def in_words(self) -> str:
        """Such as "34 of 37 done, 3 skipped"."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.done} of {self.run.total} done{skipped}"


def progress_of(actor: Actor, number: int) -> Progress:
    """A run with its results; two queries. Raises NotFound unless it is of the actor's tenant."""
    runs = BulkRun.objects.for_tenant(actor.tenant).filter(pk=number)
    run = runs.first()
    if run is None:
        raise NotFound("There is no such run.")
    items = list(
        results_seen_by(actor)
        .filter(run=run)
        .select_related("checkpoint__incident")
        .only("state", "told", "position", "run", "checkpoint__incident__title")
    )
    states = [one.state for one in items]
    return Progress(
        run=run,
        label=ACTS[BulkAct(run.act)],
        results=[
            Result(
                one.checkpoint_id, one.checkpoint.incident.title, STATES[ItemState(one.state)],
                one.told,
            )
            for one in items
        ],
        done=states.count(ItemState.DONE),
        skipped=states.count(ItemState.SKIPPED),
    )  # fmt: skip
