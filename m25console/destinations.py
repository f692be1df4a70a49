"""Which addresses people entered may be called: HTTPS to public ones, on the ports of the web.

The operator can list a host and port in M25_OUTBOUND_ALLOW that may be private and without TLS.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

MAX_URL: Final = 2048
MAX_HOST: Final = 253
PORTS: Final = frozenset({80, 443, *range(8000, 9000)})  # elsewhere only where the operator allows
# What `is_global` leaves in, or did before it was corrected: ways to reach private networks.
_SPECIAL: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23",
        "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Stage:
    """One step on the way to an answer, such as dns, tcp, tls or answer; `told` in words, and
    `is_warning` where it went well and is not as it should be."""

    name: str
    milliseconds: int
    is_good: bool = True
    told: str = ""
    is_warning: bool = False


class OutboundFault(Exception):  # noqa: N818 - its text is told to the person who set it up
    """There is no answer; the text says why, and `stages` how far it went."""

    stages: tuple[Stage, ...] = ()


class ForbiddenTarget(OutboundFault):
    """This address may not be called, now or later."""


@dataclass(frozen=True)
class Target:
    """A URL that may be called, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_allowed_anywhere(self) -> bool:
        """Whether the operator lets it be private, and without TLS."""
        return f"{self.host}:{self.port}" in settings.OUTBOUND_ALLOW

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """The URL, taken apart. Raises ForbiddenTarget for one that must not be called; the addresses
    behind its name are looked at by `send`."""
    parts = _parts(url)
    try:
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode().lower().rstrip(".")
    except ValueError:
        raise ForbiddenTarget("This is not the address of a web server.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ForbiddenTarget("Enter an address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenTarget("Leave name and password out of the address.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = port or (443 if parts.scheme == "https" else 80)
    target = Target(parts.scheme, host, port, path)
    if target.scheme != "https" and not target.is_allowed_anywhere:
        raise ForbiddenTarget(
            "Only https:// is allowed: what is sent must not be read on its way. For a server of "
            f"your own without it, ask the operator to list {host}:{port} in M25_OUTBOUND_ALLOW."
        )
    if port not in PORTS and not target.is_allowed_anywhere:
        raise ForbiddenTarget(
            f"Port {port} may not be called: use 443, 80 or one from 8000 to 8999, or ask the "
            "operator to list it in M25_OUTBOUND_ALLOW."
        )
    return target


def server_of(host: str, port: int) -> Target:
    """A server that speaks something else than HTTP. Any port, since it is told which; its
    addresses are checked on the way there. Raises ForbiddenTarget for what is no name."""
    try:
        name = host.encode("idna").decode().lower().rstrip(".")
    except ValueError:
        name = ""
    fits = name.isprintable() and not set(name) & set(" /@\\\"'<>") and len(host) <= MAX_HOST
    if not name or not fits or not 1 <= port <= 65_535:
        raise ForbiddenTarget("Enter the name of a server and a port from 1 to 65535.")
    return Target("tcp", name, port, "")


def _parts(url: str) -> SplitResult:
    fits = len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url
    if not fits or "\\" in url:
        raise ForbiddenTarget("An address has up to 2,048 plain characters and no spaces.")
    try:
        return urlsplit(url)
    except ValueError:
        raise ForbiddenTarget("This is not the address of a web server.") from None


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    special = any(plain in one for one in _SPECIAL if one.version == plain.version)
    return plain.is_global and not plain.is_multicast and not special
