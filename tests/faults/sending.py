"""A sender that keeps a ledger of its own: what it sent, and what it was told."""

import json
import os
import random
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import httpx

from loops.domain.incidents import body_hash

BATCH: Final = "/api/v1/incidents/batch"
SINGLE: Final = "/api/v1/incidents"
GIVE_UP_SECONDS: Final = 180.0
AGAIN: Final = frozenset({429, 500, 502, 503, 504})

type Document = dict[str, Any]


def documents(number: int, *, prefix: str) -> list[Document]:
    """Incidents of a few dozen kinds, with and without messages; each has its own external id."""
    draw = random.Random(prefix)
    return [_document(f"{prefix}-{index}", index, draw) for index in range(number)]


def _document(external_id: str, index: int, draw: random.Random) -> Document:
    kind = draw.randrange(6)
    plain = {
        "external_id": external_id,
        "agent_id": f"agent-{draw.randrange(8)}",
        "run_id": f"run-{index}",
    }
    order, host = draw.randrange(10**6), draw.randrange(250)
    match kind:
        case 0:
            return {**plain, "error_type": "timeout", "error_code": f"E{draw.randrange(5)}"}
        case 1:
            return {**plain, "error_type": "rate_limit_overflow", "status_code": 429}
        case 2:
            message = f"Connection to db-{host}.internal:5432 refused after {order} ms"
            return {**plain, "error_type": "connection_error", "message": message}
        case 3:
            message = f"Order {order} was cancelled although the customer asked for an exchange"
            return {**plain, "error_type": "wrong_tool_call", "message": message}
        case 4:
            message = f"KeyError: 'field_{draw.randrange(4)}' while reading row {order}"
            return {**plain, "error_type": "skill_error", "message": message}
        case _:
            endpoint = f"/v1/models/{draw.randrange(3)}/complete"
            return {**plain, "error_type": "execution_timeout", "api_endpoint": endpoint}


class Ledger:
    """Requests and answers, on disk before anything else happens. May be shared by threads."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self.hashes: dict[str, str] = {}
        self.told: dict[str, set[str]] = {}  # incident ids, by external id
        self.accepted: dict[str, int] = {}  # how often 202 was said, by external id

    def sent(self, body: Sequence[Document]) -> None:
        self._write("sent", {one["external_id"]: body_hash(one) for one in body})
        with self._lock:
            self.hashes |= {one["external_id"]: body_hash(one) for one in body}

    def answered(self, external_id: str, *, status: str, incident_id: str) -> None:
        self._write("answered", {external_id: [status, incident_id]})
        with self._lock:
            self.told.setdefault(external_id, set()).add(incident_id)
            if status == "accepted":
                self.accepted[external_id] = self.accepted.get(external_id, 0) + 1

    def _write(self, what: str, values: Mapping[str, object]) -> None:
        os.write(self._handle, json.dumps({what: values, "at": time.monotonic()}).encode() + b"\n")
        os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)


class Sender:
    """Sends until it is answered, under the same external ids. One for each thread."""

    def __init__(self, url: str, *, token: str, ledger: Ledger) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=10)
        self._ledger = ledger
        self.retries = 0

    def report(self, document: Document) -> None:
        """One incident, alone."""
        self._ledger.sent([document])
        answer = self._post(SINGLE, document).json()
        self._ledger.answered(
            document["external_id"], status=answer["status"], incident_id=answer["incident_id"]
        )

    def report_all(self, batch: Sequence[Document]) -> None:
        """Many incidents in one request."""
        self._ledger.sent(batch)
        for row in self._post(BATCH, {"incidents": list(batch)}).json()["results"]:
            assert row["status"] != "rejected", row
            name = batch[row["index"]]["external_id"]
            self._ledger.answered(name, status=row["status"], incident_id=row["incident_id"])

    def _post(self, route: str, body: object) -> httpx.Response:
        """The answer, however often it has to be asked for. Raises HTTPStatusError for a 4xx."""
        ends = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < ends:
            with suppress(httpx.TransportError):
                answer = self._client.post(route, json=body)
                if answer.status_code not in AGAIN:
                    return answer.raise_for_status()
            self.retries += 1
            time.sleep(0.1)
        raise TimeoutError(f"{route} was not answered within {GIVE_UP_SECONDS:.0f} s")

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
