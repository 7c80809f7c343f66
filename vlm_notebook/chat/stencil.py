"""Stencil: the bytes that stay the same from event to event, and the hole where the text changes.

A provider's events are two hundred bytes of JSON of which five are news. What has been parsed once
need not be parsed again where it is the same byte for byte: what stands in the hole is then the
text, as long as it is the plain inside of a JSON string. All else is left to the parser.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from vlm_notebook.chat.delta import Delta
from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import Callable

# No quote, no escape, no control character: such bytes between two quotes stand for themselves.
_is_plain = re.compile(rb'[^"\\\x00-\x1f]*').fullmatch

_BEGINNINGS = frozenset({b"data:", b"data: "})
_ENDS = frozenset({b"\n\n", b"\r\n\r\n"})
_FRAME_BYTES = max(map(len, _BEGINNINGS)) + max(map(len, _ENDS))

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

    __slots__ = (
        *("_after", "_before", "_cuts", "_end", "_head", "_parse", "_start", "_tail", "_uses"),
        "parsed",
    )

    def __init__(self, parse: Callable[[bytes], Delta]) -> None:
        self._parse = parse
        self._head = self._tail = b""
        self._before = self._after = b""
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

    @property
    def is_cut(self) -> bool:
        """Whether there is one by now."""
        return bool(self._head)

    def frame(self, lines: bytes, data: bytes) -> None:
        """Learn in which lines an event's data stands, for `texts`, if these are its only ones.

        Args:
            lines: bytes that begin with an event.
            data: what was read from them.
        """
        if len(lines) > len(data) + _FRAME_BYTES:
            return
        before, _, after = lines.partition(data)
        if before in _BEGINNINGS and after in _ENDS:
            self._before, self._after = before + self._head, self._tail + after

    def texts(self, stream: bytes, at: int) -> tuple[list[str], int]:
        """Return the texts of the events that fit from `at` on, and where the next one begins.

        Args:
            stream: bytes in which an event begins at `at`.
            at: where.
        """
        before, after, texts = self._before, self._after, []
        begin, wide = len(before), len(after)
        while before and stream.startswith(before, at):
            start = at + begin
            end = stream.find(b'"', start)
            if end < 0 or not stream.startswith(after, end):
                break
            text = _inside(stream[start:end].decode("utf-8", "replace"))
            if text is None:
                break
            texts.append(text)
            at = end + wide
        self._uses += len(texts)
        return texts, at

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
                self._before = b""


def _inside(literal: str) -> str | None:
    r"""Return what the inside of a JSON string says; None where that is for the parser to tell.

    >>> _inside(r"a\n"), _inside("a\n"), _inside(r"\ud83d")
    ('a\n', None, None)
    """
    if not literal.isprintable():  # control characters are not; some that are allowed neither
        return None
    if "\\" not in literal:
        return literal
    try:
        text: str = json.loads(f'"{literal}"')
        text.encode()  # half of a character cannot be
    except ValueError:
        return None
    return text
