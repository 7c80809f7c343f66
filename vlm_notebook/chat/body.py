"""The body of a response: its pieces as they arrive, and how to take hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def pieces_of(response: Any) -> AsyncIterator[bytes]:
    """Return the bytes of an SDK's response, which have to be closed.

    Where nothing is packed and nobody has read it before, that is the stream as it comes: the
    HTTP library's layers above, which unpack and measure, take a fifth of its time.
    """
    http = response.http_response
    if http.is_stream_consumed or "content-encoding" in http.headers:
        return aiter(response.iter_bytes())
    return aiter(http.stream)


async def first(pieces: AsyncIterator[bytes]) -> bytes:
    """Return what the body begins with, without white space and a byte order mark before it.

    At least one byte, wherever the network cuts; none if the body holds none.
    """
    head = b""
    async for piece in pieces:
        head = (head + piece).lstrip()
        if BYTE_ORDER_MARK.startswith(head):  # a part of the mark, or nothing yet
            continue
        if stripped := head.removeprefix(BYTE_ORDER_MARK).lstrip():
            return stripped
        head = BYTE_ORDER_MARK
    return head.removeprefix(BYTE_ORDER_MARK)


async def chained(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Give the head, then the rest of the pieces."""
    yield head
    async for piece in pieces:
        yield piece


async def joined(pieces: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """Return all pieces as one.

    Raises:
        StreamError: they are more than `max_bytes`.
    """
    data = bytearray()
    async for piece in pieces:
        data += piece
        if len(data) > max_bytes:
            raise StreamError(f"the server sent over {max_bytes / 1e6:.0f} MB: check the base URL")
    return bytes(data)


class Lines:
    r"""Takes bytes in any pieces and gives each line that ends with LF, without it.

    >>> lines = Lines(100)
    >>> [*lines.feed(b"a\nb"), *lines.feed(b"c\nd"), lines.rest()]
    [b'a', b'bc', b'd']
    """

    def __init__(self, max_bytes: int) -> None:
        self._held: list[bytes] = []
        self._size = 0
        self._max_bytes = max_bytes

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take the next bytes and give the lines that they complete.

        Raises:
            StreamError: one is more than `max_bytes`.
        """
        *ended, rest = piece.split(b"\n")
        for line in ended:
            yield b"".join([*self._held, line])
            self._held, self._size = [], 0
        self._held.append(rest)
        self._size += len(rest)
        if self._size > self._max_bytes:
            raise StreamError(
                f"the server sent over {self._max_bytes / 1e6:.0f} MB in one line: "
                "check the base URL"
            )

    def rest(self) -> bytes:
        """Return what stands behind the last LF."""
        return b"".join(self._held)
