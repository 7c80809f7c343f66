"""The body of a response: its pieces as they arrive, and how to take hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def pieces_of(response: Any) -> AsyncGenerator[bytes]:
    """Return the bytes of an SDK's response; it says "iterator" of what has to be closed."""
    pieces: AsyncGenerator[bytes] = response.iter_bytes()
    return pieces


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


async def lines(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncGenerator[bytes]:
    """Give the lines that end with LF, without it, and what stands behind the last.

    Raises:
        StreamError: one is more than `max_bytes`.
    """
    held: list[bytes] = []
    size = 0
    async for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for line in ended:
            yield b"".join([*held, line])
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > max_bytes:
            raise StreamError(f"the server sent over {max_bytes / 1e6:.0f} MB: check the base URL")
    yield b"".join(held)
