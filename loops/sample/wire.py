"""The console as its senders know it: HTTP, a token, and patience."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Collection
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote, urlencode

TRIES: Final = 40
PAUSE_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 30.0
AGAIN: Final = frozenset({429, 500, 502, 503, 504})

type Answer = dict[str, Any]


class Line:
    """A line to the console for one bearer. Whatever is sent over it may be sent twice."""

    def __init__(self, url: str, *, token: str) -> None:
        self._url = f"{url}/api/v1"
        self._token = token

    def get(self, path: str, **query: str) -> Answer:
        return self._ask("GET", f"{quote(path)}?{urlencode(query)}", None, accepts=())

    def send(
        self, path: str, body: object, *, method: str = "POST", accepts: Collection[int] = ()
    ) -> Answer:
        """The answer. A refusal with a status in `accepts` is an answer too; others raise."""
        return self._ask(method, quote(path), body, accepts=accepts)

    def _ask(self, method: str, path: str, body: object, *, accepts: Collection[int]) -> Answer:
        """Asks until the console has answered, however often it is away."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code in accepts:
                    answer: Answer = json.loads(error.read())
                    return answer
                if error.code not in AGAIN or attempt == TRIES:
                    raise RuntimeError(f"{method} {path}: {error.code} {error.read()!r}") from error
                time.sleep(float(error.headers.get("Retry-After") or PAUSE_SECONDS))
            except (OSError, HTTPException):
                if attempt == TRIES:
                    raise
                time.sleep(PAUSE_SECONDS)
        raise AssertionError("every try either answers or raises")

    def _once(self, method: str, path: str, body: object) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - the caller's own console
            f"{self._url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            told: Answer = json.loads(answer.read())
            return told
