"""Stencil: the bytes that stay the same from event to event, and the hole where the text changes.

A provider's events are two hundred bytes of JSON of which five are news. What has been parsed once
need not be parsed again where it is the same byte for byte: what stands in the hole is then the
text, as long as it is the plain inside of a JSON string. All else is left to the parser.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from vlm_notebook.chat.delta import Delta
from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable

# No quote, no escape, no control character: such bytes between two quotes stand for themselves.
_is_plain = re.compile(rb'[^"\\\x00-\x1f]*').fullmatch

_TRIES = 4
"""Stencils that fit nothing which are cut before it is left off: some servers pad every event."""

_USES_PER_TRY = 8
"""Events that have to fit for another stencil to be worth cutting, which costs one parse."""


class Stencil:
    """Reads events with `parse`, or without it where only the text differs from the last parsed.

    Args:
        parse: data of an event -> the Delta that it carries.

    Attributes:
        parsed: how many events `parse` was needed for, those to cut stencils included.
    """

    __slots__ = ("_cuts", "_end", "_head", "_parse", "_start", "_tail", "_uses", "parsed")

    def __init__(self, parse: Callable[[bytes], Delta]) -> None:
        self._parse = parse
        self._head = self._tail = b""
        self._start = self._end = self._cuts = self._uses = self.parsed = 0

    def read(self, data: bytes) -> Delta:
        """Return what `parse` returns, at less cost.

        Raises:
            Exception: whatever `parse` raises.
        """
        if self._head and data.startswith(self._head) and data.endswith(self._tail):
            text = data[self._start : len(data) - self._end]
            if len(data) >= self._start + self._end and _is_plain(text):
                self._uses += 1
                return Delta(text.decode("utf-8", "replace"))
        self.parsed += 1
        delta = self._parse(data)
        if delta.text and self._cuts <= _TRIES + self._uses // _USES_PER_TRY:
            self._cut(data, delta)
        return delta

    def _cut(self, data: bytes, delta: Delta) -> None:
        """Make the hole where another text is read as that text, and as nothing else."""
        said = delta.text.encode("utf-8", "replace")
        at = data.rfind(b'"%b"' % said) + 1
        if not at or not _is_plain(said) or delta != Delta(delta.text):
            return
        self._cuts += 1
        self.parsed += 1
        head, tail = data[:at], data[at + len(said) :]
        with suppress(StreamError):  # the hole was in a name
            if self._parse(head + said + b"." + tail) == Delta(f"{delta.text}."):
                self._head, self._tail = head, tail
                self._start, self._end = len(head), len(tail)
