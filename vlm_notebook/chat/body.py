"""The body of a response: its pieces as they arrive, and how to take hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator


def pieces_of(response: Any) -> AsyncGenerator[bytes]:
    """Return the bytes of an SDK's response; it says "iterator" of what has to be closed."""
    pieces: AsyncGenerator[bytes] = response.iter_bytes()
    return pieces


async def first(pieces: AsyncIterator[bytes]) -> bytes:
    """Return the first piece that is more than white space, from its first byte on."""
    async for piece in pieces:
        if stripped := piece.lstrip():
            return stripped
    return b""


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
