"""Server-sent events: bytes as the network cuts them -> the data of whole events.

The standard's rules (WHATWG HTML, section 9.2): lines end with LF, CR or CRLF and with nothing
else, so that a U+2028 inside JSON does not break one; an empty line ends an event; a line that
begins with a colon is a comment; several data lines are joined by LF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.errors import StreamError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_EVENT_BYTES = 8_000_000
"""A chunk holds a few hundred bytes; a server that sends more than this in one is broken."""

_BETWEEN = b"\n\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventReader:
    r"""Takes bytes in any pieces and gives the data of each event once it is whole.

    >>> reader = EventReader()
    >>> [*reader.feed(b"data: 1\r\n\r"), *reader.feed(b"\ndata: 2\n\n")]
    [b'1', b'2']
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._data: list[bytes] = []
        self._line_bytes = 0
        self._data_bytes = 0
        self._after_cr = False
        self._at_start = True
        self._is_within = True  # where a mark may stand that is no part of the first line

    @property
    def is_between(self) -> bool:
        """Whether all bytes so far belong to whole events, and the next begins another."""
        return not self._is_within

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take the next bytes and give the data of the events that they complete.

        Raises:
            StreamError: one event is larger than `MAX_EVENT_BYTES`.
        """
        at = 0
        if self._is_within:
            at = chunk.find(_BETWEEN) + len(_BETWEEN)
            at = at if at >= len(_BETWEEN) else len(chunk)
            yield from self._lines(chunk[:at])
        end = chunk.rfind(_BETWEEN, at)
        # Nearly all that servers send: whole events of one line each.
        if end > at and not self._is_within and b"\r" not in chunk and len(chunk) < MAX_EVENT_BYTES:
            for event in chunk[at:end].split(_BETWEEN):
                if event.startswith(b"data:") and b"\n" not in event:
                    yield event[6:] if event.startswith(b"data: ") else event[5:]
                else:
                    yield from self._lines(event + _BETWEEN)
            at = end + len(_BETWEEN)
        if at < len(chunk):
            yield from self._lines(chunk[at:])

    def _lines(self, chunk: bytes) -> Iterator[bytes]:
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        *ended, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for last in ended:
            self._hold(last)
            yield from self._line(self._whole_line())
        self._hold(rest)
        self._is_within = bool(self._pieces or self._data or self._after_cr)

    def _hold(self, piece: bytes) -> None:
        """Keep a piece of a line; sizes are counted on, so that a slow drip stays cheap."""
        if piece:
            self._pieces.append(piece)
            self._line_bytes += len(piece)
        if self._line_bytes + self._data_bytes > MAX_EVENT_BYTES:
            raise StreamError(
                f"the server sent an event of over {MAX_EVENT_BYTES / 1e6:.0f} MB: "
                "it does not speak the streaming format; check the base URL"
            )

    def _whole_line(self) -> bytes:
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._line_bytes = 0
        if self._at_start:
            self._at_start = False
            return line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _line(self, line: bytes) -> Iterator[bytes]:
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._data_bytes += len(line)
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data.clear()
            self._data_bytes = 0
