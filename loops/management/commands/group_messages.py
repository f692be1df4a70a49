"""Groups messages with the product's own matcher, against an empty catalogue."""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loops.domain.confidence import WEAK
from loops.domain.matching import Catalogue, read

Row = dict[str, Any]


class Command(BaseCommand):
    help = (
        'Reads {"rows": [{"message": …, "error_type"?: …, "error_code"?: …}, …]} on standard '
        'input, prints {"clusters": [pattern number per row], "seconds": S} as its last line, '
        "writes nothing."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *_args: object, **_options: object) -> None:
        rows = _rows(sys.stdin.read())
        started = time.perf_counter()
        clusters = group(rows)
        seconds = time.perf_counter() - started
        self.stdout.write(json.dumps({"clusters": clusters, "seconds": round(seconds, 6)}))


def group(rows: list[Row]) -> list[int]:
    """The number of each row's pattern, in order, every row seen once.

    Weak matches join their pattern as strong ones do: the product then asks a person.
    """
    partitions: dict[tuple[object, object], Catalogue] = {}
    clusters: list[int] = []
    patterns = 0
    for row in rows:
        partition = (row.get("error_type"), row.get("error_code"))
        catalogue = partitions.setdefault(partition, Catalogue())
        reading = read(row["message"])
        match = catalogue.match(reading)
        if match is not None and match.confidence >= WEAK:
            catalogue.learn(pattern_id=match.pattern_id, reading=reading)
            clusters.append(int(match.pattern_id))
            continue
        catalogue.add(pattern_id=str(patterns), reading=reading)
        clusters.append(patterns)
        patterns += 1
    return clusters


def _rows(text: str) -> list[Row]:
    try:
        rows = json.loads(text)["rows"]
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(
            'Standard input is not a JSON object {"rows": [{"message": …}]}.'
        ) from error
    if not isinstance(rows, list):
        raise CommandError('"rows" is not a list.')
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("message"), str):
            raise CommandError(f'Row {number} has no text under "message".')
        for name in ("error_type", "error_code"):
            if not isinstance(row.get(name), str | int | float | None):
                raise CommandError(f"Row {number}: {name} is neither text nor a number nor null.")
    return rows
