"""Whether a JPEG file is one picture with nothing beside it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_APP0, _DHT, _DQT, _DRI, _SOS = 0xE0, 0xC4, 0xDB, 0xDD, 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive, Huffman coded: what every server decodes."""
_PROGRESSIVE = 0xC2
_END = b"\xff\xd9"
_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7]")
"""Within a scan: anything but a stuffed 0xFF and the marks of a restart."""
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")

_JFIF = re.compile(rb"JFIF\0\x01[\x00-\x02][\x00-\x02].{4}\0\0", re.DOTALL)
"""Version, unit, density, and no thumbnail."""
_SAMPLE_BITS = 8
_USUAL_COMPONENTS = frozenset({1, 3})
_TABLE_VALUES = 64
_LENGTHS = 16
_SYMBOLS = 256
_ALL_COEFFICIENTS = b"\x00\x3f\x00"
_REST = 0x10
_BLOCK_PX = 8
_BLOCK_BITS = 2
"""A baseline block takes at least one bit for its mean and one to say that no more follows."""


@dataclass(slots=True)
class _Seen:
    """What the segments so far have defined: tables by their numbers, the frame by its body."""

    frame: bytes = b""
    progressive: bool = False
    quantization: set[int] = field(default_factory=set)
    unused: set[int] = field(default_factory=set)
    finished: set[tuple[int, int]] = field(default_factory=set)
    jfif: bool = False
    interval: int = 0
    scans: set[bytes] = field(default_factory=set)
    scan_bytes: int = 0

    @property
    def components(self) -> dict[int, int]:
        """Each component's name with the number of its quantisation table."""
        return dict(zip(self.frame[6::3], self.frame[8::3], strict=True))


def is_plain_jpeg(data: bytes, size: tuple[int, int]) -> bool:
    """Tell whether the file holds a sound JPEG picture and nothing else.

    Args:
        data: the file.
        size: the picture's (width, height) in pixels, which its frame has to have.

    Every segment has to be needed for decoding, to have the length it should have and to be used;
    the mark of the end has to end the file.
    """
    seen = _Seen()
    try:
        for kind, body, scan in _segments(data):
            if not _accepted(kind, body, seen, size):
                return False
            if kind == _SOS and _RESTART.findall(scan) != _restarts(seen):
                return False
            seen.scan_bytes += len(scan)
    except (struct.error, IndexError, ValueError):
        return False
    whole = len(seen.finished) == _TABLE_VALUES * len(seen.components)
    return whole and not seen.unused and seen.scan_bytes >= _least_bytes(seen)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield each segment's kind and body, and the scan that follows it.

    Raises:
        ValueError: the file does not go from segment to segment up to its end.
    """
    at = 2
    while data[at : at + 2] != _END:
        lead, kind, length = struct.unpack_from(">BBH", data, at)
        body = data[at + 4 : at + 2 + length]
        if lead != 0xFF or len(body) != length - 2:  # noqa: PLR2004 - every segment's first byte
            raise ValueError(kind)
        at += 2 + length
        start = at
        if kind == _SOS:
            found = _MARK.search(data, at)
            at = found.start() if found else len(data)
        yield kind, body, data[start:at]
    if at + 2 != len(data):
        raise ValueError(at)


def _accepted(kind: int, body: bytes, seen: _Seen, size: tuple[int, int]) -> bool:
    if kind == _SOS:
        return bool(seen.frame) and _sound_scan(body, seen)
    if kind == _DHT:
        return (seen.progressive or not seen.scan_bytes) and _new(
            _huffman_tables(body), seen.unused
        )
    return not seen.scan_bytes and _sound_head(kind, body, seen, size)


def _sound_head(kind: int, body: bytes, seen: _Seen, size: tuple[int, int]) -> bool:
    """Tell whether a segment may stand where it does, before the first scan."""
    if kind == _APP0:
        once, seen.jfif = not seen.jfif, True
        return once and not (seen.frame or seen.quantization) and _JFIF.fullmatch(body) is not None
    if kind in _FRAMES:
        first, seen.frame, seen.progressive = not seen.frame, body, kind == _PROGRESSIVE
        return first and _sound_frame(body, size)
    if kind == _DQT:
        return _new(_quantization_tables(body), seen.quantization)
    if kind == _DRI and not seen.interval:
        (seen.interval,) = struct.unpack(">H", body)
        return seen.interval > 0
    return False


def _new(found: list[int], known: set[int]) -> bool:
    """Note tables; one that comes again before it is used would be bytes that nothing needs."""
    new = len(set(found)) == len(found) and not known & set(found)
    known |= set(found)
    return new


def _sound_frame(body: bytes, size: tuple[int, int]) -> bool:
    bits, height, width, count = struct.unpack_from(">BHHB", body)
    if (
        bits != _SAMPLE_BITS
        or (width, height) != size
        or 0 in size
        or count not in _USUAL_COMPONENTS
    ):
        return False
    names = body[6::3]
    return bool(len(body) == 6 + 3 * count and len(set(names)) == count)


def _quantization_tables(body: bytes) -> list[int]:
    found, at = [], 0
    while at < len(body):
        found.append(body[at] & 0x0F)
        at += 1 + _TABLE_VALUES * (1 + (body[at] >> 4))
    return _exactly(found, at, body)


def _huffman_tables(body: bytes) -> list[int]:
    found, at = [], 0
    while at < len(body):
        found.append(body[at])
        at += 1 + _LENGTHS + min(_SYMBOLS, sum(body[at + 1 : at + 1 + _LENGTHS]))
    return _exactly(found, at, body)


def _exactly(found: list[int], end: int, body: bytes) -> list[int]:
    if end != len(body) or not found:
        raise ValueError(end)
    return found


def _sound_scan(body: bytes, seen: _Seen) -> bool:
    """Every component is of the frame, and the tables it refers to are there and all are used."""
    count, (first, last, bits) = body[0], body[-3:]
    parts = dict(zip(body[1:-3:2], body[2:-3:2], strict=True))
    if len(body) != 4 + 2 * count or len(parts) != count or not set(parts) <= set(seen.components):
        return False
    needed = _needed(set(parts.values()), first, bits >> 4, progressive=seen.progressive)
    sound = needed == seen.unused and last < _TABLE_VALUES and body not in seen.scans
    seen.unused.clear()
    seen.scans.add(body)
    if not bits & 0x0F:
        seen.finished |= {(part, at) for part in parts for at in range(first, last + 1)}
    whole = not seen.scan_bytes and count == len(seen.components)
    whole = whole and body[-3:] == _ALL_COEFFICIENTS
    return (
        sound and set(seen.components.values()) == seen.quantization and (seen.progressive or whole)
    )


def _needed(tables: set[int], first: int, refined: int, *, progressive: bool) -> set[int]:
    """Return which Huffman tables a scan reads: for the means, for the rest, or both."""
    means = {value >> 4 for value in tables}
    rest = {_REST | value & 0x0F for value in tables}
    if not progressive:
        return means | rest
    return rest if first else set() if refined else means


def _restarts(seen: _Seen) -> list[bytes]:
    """Return the marks that a scan of a baseline picture has: D0 to D7 in turn."""
    if not seen.interval:
        return []
    if seen.progressive:  # its scans differ in how many units they have
        raise ValueError(seen.interval)
    height, width = struct.unpack_from(">HH", seen.frame, 1)
    factors = seen.frame[7::3] if len(seen.components) > 1 else b"\x11"
    across = _BLOCK_PX * max(factor >> 4 for factor in factors)
    down = _BLOCK_PX * max(factor & 0x0F for factor in factors)
    units = -(-width // across) * -(-height // down)
    if seen.interval >= units:
        raise ValueError(seen.interval)  # it would never be used
    return [bytes([0xD0 + mark % 8]) for mark in range((units - 1) // seen.interval)]


def _least_bytes(seen: _Seen) -> int:
    """Return how many bytes the scans of a baseline picture have at least."""
    if seen.progressive:
        return 1
    height, width = struct.unpack_from(">HH", seen.frame, 1)
    return int(-(-width // _BLOCK_PX) * -(-height // _BLOCK_PX) * _BLOCK_BITS // 8)
