"""The anticipated ways an action says no. Messages are written for the person who asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Self


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An action was understood and declined; nothing was changed."""

    status_code = 409
    code = "conflict"
    retry_after: int | None = None


class NotPermitted(Refusal):
    """This person may not do this to this object, whatever state it is in."""

    status_code = 403
    code = "forbidden"


class NotSignedIn(Refusal):
    """No person or token is known behind the request; retrying with a good one may work."""

    status_code = 401
    code = "unauthorized"


class WrongState(Refusal):
    """The object is not in a state that allows this; someone may have got there first."""


class NotFound(Refusal):
    """There is no such object for this tenant; another tenant's object does not exist either."""

    status_code = 404
    code = "not_found"


class InvalidInput(Refusal):
    """The request was read and its values are wrong; `fields` says which, and why."""

    status_code = 422
    code = "invalid"

    def __init__(self, message: str, *, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.fields = {name: list(errors) for name, errors in (fields or {}).items()}

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[str]]) -> Self:
        """What is wrong by field, its sentences one after the other as the message."""
        return cls(" ".join(chain(*fields.values())), fields=fields)


class TooMany(Refusal):
    """Asked too often, or the console is too busy; `retry_after` is in seconds."""

    status_code = 429
    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def check_pause(last: datetime | None, *, least: timedelta, now: datetime, told: str) -> None:
    """Raises TooMany, and says what was `told` a moment ago, less than the `least` time after it
    was done last."""
    if last is not None and now - last < least:
        seconds = int(least.total_seconds())
        raise TooMany(f"{told} a moment ago; wait a few seconds.", retry_after=seconds)
