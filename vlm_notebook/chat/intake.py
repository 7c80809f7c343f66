"""Intake: what has arrived by now is taken in one piece, however many it arrived in.

A provider puts each token in an HTTP chunk of its own, and an HTTP library passes each on alone.
Of those that one read of the socket brought, none has to be waited for: they are handled together,
which costs half as much as turn by turn.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

MAX_HELD_BYTES = 64 * 1024
"""What one read of the socket brings at most with httpcore: no more than that is read ahead."""


class Intake:
    """Reads pieces on a task of its own, which also closes them, and gives what is there.

    Args:
        pieces: the pieces of a body; closed with the intake where they can be.
        joined: called with the number of pieces, less one, that the next one given is made of.
    """

    __slots__ = ("_held", "_joined", "_pieces", "_size", "_waiting")

    def __init__(self, pieces: AsyncIterator[bytes], joined: Callable[[int], None]) -> None:
        self._pieces, self._joined = pieces, joined
        self._held: list[bytes] = []
        self._size = 0
        self._waiting: asyncio.Future[None] | None = None

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Give all that is there, and wait where nothing is.

        Raises:
            Exception: whatever the pieces raise, behind what came before it.
        """
        filling = asyncio.create_task(self._fill())
        filling.add_done_callback(self._wake)
        try:
            while self._held or not filling.done():
                if self._held:
                    yield self._taken()
                else:
                    await self._wait()
            filling.result()
        finally:
            filling.cancel()
            await asyncio.wait({filling})
            _ = filling.cancelled() or filling.exception()  # asyncio reports what nobody looks at

    def _taken(self) -> bytes:
        held, self._held, self._size = self._held, [], 0
        self._joined(len(held) - 1)
        self._wake()
        return b"".join(held)

    async def _fill(self) -> None:
        pieces: Any = self._pieces
        async with aclosing(pieces) if hasattr(pieces, "aclose") else nullcontext():
            async for piece in pieces:
                self._held.append(piece)
                self._size += len(piece)
                if self._waiting:
                    self._wake()
                while self._size > MAX_HELD_BYTES:
                    await self._wait()

    async def _wait(self) -> None:
        """Wait for the other side; only one can, since what is held is not both none and much."""
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting

    def _wake(self, _: object = None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting and not waiting.done():
            waiting.set_result(None)
