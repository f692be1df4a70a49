"""What a call is made of: what was asked, what would be sent, and what came back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.models import Connector, ConnectorAction

MASK: Final = "•••"
type Secret = Mapping[str, str]


class CallFault(Exception):  # noqa: N818 - its text is told to whoever made the call
    """A call that came to nothing; `is_ours` if we refused it and nothing was sent."""

    def __init__(
        self, code: str, message: str, *, is_ours: bool = False, status_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.is_ours, self.status_code = code, is_ours, status_code


@dataclass(frozen=True)
class Asked:
    """Which action of a connector, and with what; `row` where actions are kept by name."""

    connector: Connector
    action: str
    payload: Mapping[str, Any]
    row: ConnectorAction | None = None


@dataclass(frozen=True)
class Answer:
    """What came back, as JSON holds it; `size` in bytes, as it arrived."""

    data: Any
    size: int
    status_code: int | None = None
    row_count: int | None = None
    is_truncated: bool = False
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Prepared:
    """A call that is ready: exactly what would be sent, with masks for secrets, the same as the
    history keeps it, the parts of the secret that it needs, and the sending, which is given those
    and the seconds it has, and may be done again where it `only_reads`."""

    shown: Mapping[str, Any]
    kept: Mapping[str, Any]
    send: Callable[[Secret, float], Answer]
    only_reads: bool = False
    needs: tuple[str, ...] = ()
    warnings: Sequence[str] = field(default_factory=tuple)


def without(text: bytes, secret: Secret, *more: str) -> bytes:
    """The text with a mask for each part of the secret, so that a server that repeats what it was
    shown gives nothing away."""
    for one in (*secret.values(), *more):
        if len(one) > 3:
            text = text.replace(one.encode(), MASK.encode())
    return text


def unknown_action(connector: Connector) -> CallFault:
    """What to say of an action that a connector does not have: which it has."""
    names = ", ".join(connector.actions.order_by("name").values_list("name", flat=True))
    there = f"There are: {names}." if names else "It has none yet."
    return CallFault("unknown_action", f"There is no such action. {there}", is_ours=True)
