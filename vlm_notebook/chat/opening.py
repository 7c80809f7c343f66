"""Opening: a request goes out, and the head of its reply comes back within bounds."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_REFUSAL_BYTES = 500_000
"""The words of a refusal stand at its beginning; some repeat a picture of the request behind."""

MAX_REFUSAL_S = 3.0
"""A refusal is known by its status; its words are not waited for any longer."""

_PACKINGS = frozenset({"br", "zstd", "compress", "x-gzip", "x-compress", "dcb", "dcz", "exi"})
_OK = range(200, 300)
_opening: ContextVar[Opening | None] = ContextVar("opening", default=None)


class Refused(Exception):  # noqa: N818 - what a server did, not an error of ours
    """A reply whose status is no success, with what was read of its body."""

    def __init__(self, status: int, headers: dict[str, str], content: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.content = status, headers, content


class Opening:
    """Bounds the time until a reply's head is there; the HTTP library bounds single reads only.

    Args:
        silence_s: from the end of the upload to the end of the head, in seconds.
        whole_s: from the beginning, in seconds.
    """

    def __init__(self, silence_s: float, whole_s: float) -> None:
        self.silence_s = silence_s
        self._limit = asyncio.timeout(whole_s)

    async def response(self, manager: Any) -> Any:
        """Enter an SDK's response manager.

        Raises:
            TimeoutError: the head took too long.
            Refused: the status is no success.
        """
        token = _opening.set(self)
        try:
            async with self._limit:
                return await manager.__aenter__()
        finally:
            _opening.reset(token)

    def arrived(self) -> None:
        """Stop the time: the head is there."""
        self._limit.reschedule(None)

    async def trace(self, name: str, _: dict[str, Any]) -> None:
        """Start the silence's time when the HTTP library begins to wait for the reply."""
        if name.endswith("receive_response_headers.started"):
            until = asyncio.get_running_loop().time() + self.silence_s
            self._limit.reschedule(min(until, self._limit.when() or until))


def watched(http_client: Any) -> Any:
    """Have an HTTP client's own hooks call ours; they do nothing in requests of others."""
    hooks = http_client.event_hooks
    if _judge not in hooks["response"]:
        http_client.event_hooks = {
            "request": [*hooks["request"], _follow],
            "response": [*hooks["response"], _judge],
        }
    return http_client


async def _follow(request: Any) -> None:
    if opening := _opening.get():
        request.extensions = {"trace": opening.trace, **request.extensions}


async def _judge(response: Any) -> None:
    """Stop a refusal here: the SDK would read its body whole, and a client follow a redirect."""
    opening = _opening.get()
    if opening is None or response.status_code in _OK:
        return
    opening.arrived()
    wait_s = min(MAX_REFUSAL_S, opening.silence_s)
    headers = {name.lower(): value for name, value in response.headers.items()}
    raise Refused(response.status_code, headers, await _beginning(response, wait_s))


async def _beginning(response: Any, wait_s: float) -> bytes:
    """Return what of a body arrives in that time, up to a limit, however it ends."""
    data = bytearray()
    # TimeoutError, a broken connection, a wrong encoding: the status says enough.
    with suppress(Exception):
        async with asyncio.timeout(wait_s), aclosing(response.aiter_bytes()) as pieces:
            await _fill(data, pieces)
    return bytes(data[:MAX_REFUSAL_BYTES])


async def _fill(data: bytearray, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        data += piece
        if len(data) > MAX_REFUSAL_BYTES:
            return


def check_encoding(response: Any, host: str) -> None:
    """Refuse a body that is packed in a way that was not asked for: nobody here could read it.

    Names of no packing, such as the "utf-8" that some servers send, do no harm.

    Raises:
        StreamError: it is in one.
    """
    asked = set(_names(response.http_request.headers.get("accept-encoding", "")))
    sent = _names(response.headers.get("content-encoding", ""))
    if len(sent) > 1 or not asked.issuperset(_PACKINGS.intersection(sent)):
        raise StreamError(
            f"{host} packed its answer in a way that was not asked for (Content-Encoding "
            f"{', '.join(sent)[:40]}): check the base URL, and any proxy between"
        )


def _names(header: str) -> list[str]:
    return [name.partition(";")[0].strip().lower() for name in header.split(",")]
