"""The guarded way to one MCP server, for the client of the `mcp` package.

The server's name is looked up once, every address it has is checked, and one of those is connected
to; nothing else is ever reached, whatever the server says. No redirect is followed, no proxy of
the environment used, and an answer is read up to a limit, unpacked as it came.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import httpx2

from integrations.domain.mcp_servers import MAX_ANSWER
from m25console import courses
from m25console.courses import Course, NoAnswer
from m25console.destinations import Address, ForbiddenTarget, OutboundFault, Target, target_of

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PLAIN: Final = frozenset({"", "identity"})
_TOLD: Final[Mapping[int, tuple[str, str]]] = {
    401: ("auth_failed", "The server does not know this key."),
    403: ("access_denied", "The server knows this key and refuses it."),
    429: ("rate_limited", "The server asks to be called less often."),
}


class Unusable(OutboundFault):
    """The server answered, and the answer is of no use; `code` says why, for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Carries requests to the server of one URL, and to no other."""

    def __init__(self, url: str, *, deadline_seconds: float) -> None:
        """Raises ForbiddenTarget for a URL that must not be called."""
        self._target = target_of(url)
        self._course = Course(deadline_seconds, ahead=("dns",))
        self._addresses: Sequence[Address] = ()
        self._looking_up = asyncio.Lock()
        self._inner = httpx2.AsyncHTTPTransport(
            verify=ssl.create_default_context(), trust_env=False
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises ForbiddenTarget, NoAnswer or Unusable."""
        self._check_is_ours(target_of(str(request.url)))
        answer = await self._carried(request, await self._checked())
        try:
            _check(answer)
        except Unusable:
            await answer.aclose()
            raise
        stream = answer.stream
        assert isinstance(stream, httpx2.AsyncByteStream)
        return httpx2.Response(answer.status_code, headers=answer.headers, stream=_Bounded(stream))

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._inner.aclose()

    def _check_is_ours(self, asked: Target) -> None:
        if (asked.host, asked.port, asked.scheme) != (
            self._target.host, self._target.port, self._target.scheme,
        ):  # fmt: skip
            raise ForbiddenTarget("The server tried to lead to another one.")

    async def _checked(self) -> Sequence[Address]:
        """Asked for once, and on a thread: a look-up waits."""
        async with self._looking_up:
            if not self._addresses:
                self._addresses = await asyncio.to_thread(
                    courses.checked, self._target, self._course
                )
            return self._addresses

    async def _carried(
        self, request: httpx2.Request, addresses: Sequence[Address]
    ) -> httpx2.Response:
        """The answer of the first address that takes a connection."""
        headers = [*request.headers.raw]
        extensions = {**request.extensions, "sni_hostname": self._target.host}
        for address in addresses:
            there = httpx2.Request(
                request.method, request.url.copy_with(host=str(address)), headers=headers,
                stream=request.stream, extensions=extensions,
            )  # fmt: skip
            try:
                return await self._inner.handle_async_request(there)
            except httpx2.ConnectError as error:
                self._raise_if_distrusted(error)
            except httpx2.ConnectTimeout:
                continue
            except httpx2.TransportError as error:
                raise NoAnswer(
                    f"The connection to {self._target.host} broke: {type(error).__name__}."
                ) from None
        raise NoAnswer(
            f"{self._target.host} does not take connections on port {self._target.port}."
        )

    def _raise_if_distrusted(self, error: httpx2.ConnectError) -> None:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise courses.bad_certificate(self._target.host, cause) from None
            cause = cause.__cause__ or cause.__context__


class _Bounded(httpx2.AsyncByteStream):
    """An answer that ends at the limit."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > MAX_ANSWER:
                told = f"The server said more than {MAX_ANSWER // 1024 // 1024} MiB."
                raise Unusable("response_too_large", told)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def _check(answer: httpx2.Response) -> None:
    """Raises Unusable for what the client would misread, or not tell apart."""
    status = answer.status_code
    if status in REDIRECTS:
        told = "The server sends callers elsewhere. Enter the address it really has."
        raise Unusable("redirected", told)
    if answer.headers.get("content-encoding", "").lower() not in PLAIN:
        raise Unusable("packed", "The server packs its answers although it was asked not to.")
    if status in _TOLD:
        raise Unusable(*_TOLD[status])
    if status >= 500:
        raise Unusable(f"http_{status}", f"The server answered with status {status}.")
