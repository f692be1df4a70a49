"""Requests that announce no length: chunked ones, and HTTP/2 ones without a Content-Length.

Django takes a missing length for an empty body, so what stock JavaScript clients send would be
answered with success and lost. A server that ends `wsgi.input` by itself says so in
`wsgi.input_terminated`; there it is safe to read up to the end, which must come before a limit.
"""

from typing import Any, BinaryIO, Final, cast

import django
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import LimitedStream, WSGIHandler, WSGIRequest

MAX_UNANNOUNCED_BYTES: Final = 16 * 1024 * 1024  # views stop reading long before


class UnannouncedStream(LimitedStream):
    """A body whose length shows only at its end. Raises RequestDataTooBig beyond the limit."""

    def __init__(self, stream: Any, limit: int) -> None:
        super().__init__(stream, limit + 1)
        self._left = limit

    def read(self, size: int | None = -1, /) -> bytes:
        return self._counted(super().read(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._counted(super().readline(size))

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise RequestDataTooBig("The request body is too large.")
        return data


class ConsoleRequest(WSGIRequest):
    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        unannounced = chunked or not environ.get("CONTENT_LENGTH")
        if unannounced and environ.get("wsgi.input_terminated"):
            stream = UnannouncedStream(environ["wsgi.input"], MAX_UNANNOUNCED_BYTES)
            self._stream = cast(BinaryIO, stream)


class ConsoleHandler(WSGIHandler):
    request_class = ConsoleRequest


def get_application() -> ConsoleHandler:
    """As Django's get_wsgi_application(), with requests of unannounced length read whole."""
    django.setup(set_prefix=False)
    return ConsoleHandler()
