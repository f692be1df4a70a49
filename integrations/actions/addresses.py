"""Addresses that somebody enters, and whether the console may call them.

The name of a server may be asked for here, which is not for where a row is locked.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from m25console import destinations, outbound
from m25console.refusals import Refusal


class ForbiddenUrl(Refusal):
    """An address that may not be called."""

    status_code = 400
    code = "OUTBOUND_URL_FORBIDDEN"


def check(urls: Iterable[str]) -> None:
    """Raises ForbiddenUrl for the first that may not be called."""
    with _refused():
        for url in urls:
            outbound.check_leads_outside(url)


def check_server(host: str, port: int) -> None:
    """The same for a server that is not called by a URL."""
    with _refused():
        outbound.check_target(destinations.server_of(host, port))


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except destinations.ForbiddenTarget as forbidden:
        raise ForbiddenUrl(str(forbidden)) from None
