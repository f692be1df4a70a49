import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import batched, chain
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loops.api.intake import MAX_ROWS, Outcome, refusal_of, take_many
from m25console.management.named import tenant_named
from m25console.models import Tenant

MAX_LINE_BYTES: Final = 256 * 1024
BOM: Final = b"\xef\xbb\xbf"

# Where a row stood, and what stood there: a document, or why it is none.
type Row = tuple[str, object | orjson.JSONDecodeError]


class Command(BaseCommand):
    help = (
        "Report incidents from JSON or JSON lines; the last line of the output reads "
        "accepted=N duplicate=N rejected=N."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument("--file", type=Path, help="standard input if absent")

    def handle(self, *_args: object, tenant: str, file: Path | None, **_options: object) -> None:
        owner = tenant_named(tenant)
        counts: Counter[str] = Counter()
        with _opened(file) as stream:
            for rows in batched(rows_in(stream), MAX_ROWS):
                counts.update(self._take(rows, tenant=owner))
        if not counts.total() or counts["unreadable"] == counts.total():
            raise CommandError("Nothing could be read: neither JSON nor JSON lines.")
        rejected = counts["rejected"] + counts["unreadable"]
        accepted, duplicate = counts["accepted"], counts["duplicate"]
        self.stdout.write(f"accepted={accepted} duplicate={duplicate} rejected={rejected}")

    def _take(self, rows: Sequence[Row], *, tenant: Tenant) -> Iterator[str]:
        """Store these rows; what became of each, in one word."""
        read = [(place, one) for place, one in rows if not isinstance(one, Exception)]
        for place, error in rows:
            if isinstance(error, Exception):
                self.stderr.write(f"{place}: not JSON: {error}")
                yield "unreadable"
        outcomes = take_many([one for _, one in read], tenant=tenant, now=timezone.now())
        for (place, _), outcome in zip(read, outcomes, strict=True):
            reason = _reason(outcome)
            if reason:
                self.stderr.write(f"{place}: {reason}")
            yield "rejected" if reason or not outcome.receipt else outcome.receipt.status.value


def rows_in(stream: BinaryIO) -> Iterator[Row]:
    """The rows of one JSON document, or else of JSON lines, which are never held all at once."""
    numbered = ((number, line) for number, line in enumerate(stream, start=1) if line.strip())
    number, first = next(numbered, (0, b""))
    if not first:
        return
    lines = chain([(number, first.removeprefix(BOM))], numbered)
    if _is_one_incident(first.removeprefix(BOM)):
        yield from _by_line(lines)
        return
    kept = list(lines)
    document = _parsed(b"".join(line for _, line in kept))
    if isinstance(document, orjson.JSONDecodeError):
        yield from _by_line(kept)
    else:
        yield from _by_place(document)


def _is_one_incident(line: bytes) -> bool:
    document = _parsed(line)
    return isinstance(document, dict) and "incidents" not in document


def _by_line(lines: Iterable[tuple[int, bytes]]) -> Iterator[Row]:
    for number, line in lines:
        if len(line) > MAX_LINE_BYTES:
            yield f"line {number}", orjson.JSONDecodeError("the line is too long", "", 0)
        else:
            yield f"line {number}", _parsed(line)


def _by_place(document: object) -> Iterator[Row]:
    """Each incident of a list or of a batch as the API takes it, or the one incident itself."""
    batch = document.get("incidents", document) if isinstance(document, dict) else document
    for number, row in enumerate(batch if isinstance(batch, list) else [batch], start=1):
        yield f"row {number}", row


def _parsed(text: bytes) -> object | orjson.JSONDecodeError:
    try:
        document: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return error
    return document


def _reason(outcome: Outcome) -> str:
    """Why a row was refused; empty if it was not."""
    if outcome.fault is not None:
        return str(outcome.fault)
    assert outcome.receipt is not None
    return refusal_of(outcome.receipt)


def _opened(file: Path | None) -> Any:
    if file is None:
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error.strerror}.") from None
