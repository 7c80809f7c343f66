"""Watch: what one answer may take, in time and in work, however its bytes arrive."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vlm_notebook.errors import ConnectError, EndpointError, StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

IDLE_SILENCES = 5
"""Times `timeout_s` that comments, blanks and empty events alone keep an answer alive.

At the default of 60 s that is five minutes: OpenRouter sends `: OPENROUTER PROCESSING` for as
long as a slow model has not begun.
"""

TOTAL_SILENCES = 30
"""Times `timeout_s` that an answer may take in all, unless told otherwise: 30 minutes."""

MAX_WORK = 120_000
"""Events read at once, about 8 us each; one that has to be parsed counts as `PARSED`. A model that
writes its 128,000 tokens in minutes gets `WORK_PER_S` more for every second."""

PARSED = 3
WORK_PER_S = 6_000

MAX_BYTES = 128_000_000
"""The longest answers of today have 128,000 tokens; an event that carries one has 200 to 800 bytes.
"""
MAX_CHARS = 4_000_000
MAX_PIECES = 400_000
MAX_IDLE_BYTES = 16_000_000
MAX_IDLE_LINES = 200_000
MAX_IDLE_PIECES = 20_000
"""Since the last text; ten keep-alives a second for five minutes are 3,000."""


class Watch:
    """Times an answer and counts its work, and gives up on one that comes to nothing.

    An answer has to bring a whole line (an event's, a comment's, blanks) every `timeout_s`, or
    a server that drips bytes would never be given up; some text every `IDLE_SILENCES` times
    that; and its end within `total_s`.

    Args:
        host: what messages call the server.
        timeout_s: the longest silence, in seconds.
        total_s: the longest whole answer, in seconds; `TOTAL_SILENCES` silences if None.
        clock: seconds that only grow.
    """

    __slots__ = (
        *("_began", "_bound", "_bytes", "_chars", "_clock", "_host", "_idle", "_line_at"),
        *("_pieces", "_silence_s", "_text_at", "_work", "_until", "started"),
    )

    def __init__(
        self,
        host: str,
        timeout_s: float,
        total_s: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._clock, self._silence_s = host, clock, timeout_s
        self._line_at = self._text_at = self._began = clock()
        self._bound = "timeout_s" if total_s is None else "total_s"
        total_s = timeout_s * TOTAL_SILENCES if total_s is None else total_s
        self._until = self._text_at + total_s
        self._bytes = self._chars = self._pieces = self._work = 0
        self._idle = [0, 0, 0]  # bytes, lines, pieces
        self.started = False

    @property
    def opening_s(self) -> float:
        """How long the head of the reply may take, in seconds: pictures go up slow lines too."""
        return self._until - self._clock()

    def begins(self) -> None:
        """Note that the head is there: what it took is not the body's."""
        self._line_at = self._text_at = self._clock()

    async def over(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """Pass pieces on, each counted by `heard`."""
        async for piece in pieces:
            self.heard(piece)
            yield piece

    def heard(self, piece: bytes) -> None:
        """Count a piece of the body.

        Raises:
            ConnectError: no text had come, and none is to be waited for.
            StreamError: the answer takes too long, or too much work for what it says.
        """
        now = self._clock()
        lines = piece.count(b"\n") + piece.count(b"\r")
        if lines or piece.isspace():
            self._line_at = now
        self._look(now)
        idle = self._idle
        idle[0] += len(piece)
        idle[1] += lines
        idle[2] += 1
        self._bytes += len(piece)
        self._pieces += 1
        if idle[0] > MAX_IDLE_BYTES or idle[1] > MAX_IDLE_LINES or idle[2] > MAX_IDLE_PIECES:
            raise self._too_much("keeps sending what is no part of an answer")
        if self._bytes > MAX_BYTES or self._pieces > MAX_PIECES:
            raise self._too_much("sends more than any answer holds")

    def joined(self, pieces: int) -> None:
        """Count pieces of the body that are part of the next one heard."""
        self._pieces += pieces
        self._idle[2] += pieces

    def _look(self, now: float) -> None:
        if now > self._until:
            raise self._too_long("did not come to an end", self._bound)
        if now - self._line_at > self._silence_s:
            raise self._too_long("sent single bytes and no whole line")
        if now - self._text_at > self._silence_s * IDLE_SILENCES:
            raise self._too_long("sent keep-alives and no text")

    def worked(self, units: int) -> None:
        """Count the work of reading an event.

        Raises:
            StreamError: it is more in a short time than a model makes.
        """
        self._work += units
        if self._work > MAX_WORK:
            since_s = self._clock() - self._began
            if self._work > MAX_WORK + WORK_PER_S * since_s:
                raise self._too_much("sends more than any model writes in so short a time")

    def said(self, chars: int, deltas: int = 1) -> None:
        """Count text that was passed on; the time that its reader took is not the server's.

        Args:
            chars: how long it was.
            deltas: in how many pieces it was passed on.

        Raises:
            StreamError: it is more than any answer holds.
        """
        self.started = True
        self._chars += chars
        self._line_at = self._text_at = self._clock()
        self._idle = [0, 0, 0]
        self._work += deltas
        if self._work > MAX_WORK:
            self.worked(0)
        if self._chars > MAX_CHARS:
            raise self._too_much("sends more than any answer holds")

    def _too_long(self, what: str, bound: str = "timeout_s") -> EndpointError:
        if self.started:
            return StreamError(
                f"{self._host} took too long in the middle of the answer (it {what}): the text "
                f"so far is in .answer; ask again, or raise {bound}"
            )
        return ConnectError(
            f"{self._host} took too long to answer (it {what}): ask again, or raise {bound}"
        )

    def _too_much(self, what: str) -> StreamError:
        return StreamError(
            f"{self._host} {what}: check the base URL; the text so far is in .answer"
        )
