"""Whether a PNG file holds all of its pixels: Pillow leaves black what is missing, silently."""

from __future__ import annotations

import zlib
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE_BYTES = 8
_CHUNK_HEAD = Struct(">I4s")
_CRC = Struct(">I")
_IHDR = Struct(">IIBBBBB")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""x and y of a pass's first pixel and its steps in x and y (PNG specification, section 8.2)."""

_PIECE_BYTES = 1 << 20


def is_whole(data: bytes) -> bool:
    r"""Tell whether the picture's data has right checksums and is as long as its size wants.

    Args:
        data: a PNG file; of an animated one the still picture is looked at.

    >>> is_whole(b"\x89PNG only in name")
    False
    """
    missing, inflater = 1, zlib.decompressobj()
    try:
        for kind, body in _chunks(data):
            if kind == b"IHDR":
                missing = _raw_bytes(body)
            elif kind == b"IDAT":
                missing -= _inflated(inflater, body, missing)
    except (KeyError, ValueError, zlib.error):
        return False
    return missing <= 0


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and body of each chunk that makes the picture, its checksum compared."""
    at = _SIGNATURE_BYTES
    while at + _CHUNK_HEAD.size <= len(data):
        length, kind = _CHUNK_HEAD.unpack_from(data, at)
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind in (b"IHDR", b"IDAT"):
            if at > len(data) or zlib.crc32(kind + body) != _CRC.unpack_from(data, at - 4)[0]:
                raise ValueError(kind)
            yield kind, body


def _raw_bytes(header: bytes) -> int:
    """Return how many bytes the pixels have before compression, with a filter byte a row."""
    width, height, depth, color, _, _, interlaced = _IHDR.unpack(header)
    total = 0
    for left, top, step_x, step_y in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -((left - width) // step_x), -((top - height) // step_y)
        if columns > 0:
            total += max(0, rows) * (1 + (columns * depth * _CHANNELS[color] + 7) // 8)
    return total


def _inflated(inflater: zlib._Decompress, body: bytes, wanted: int) -> int:
    """Inflate piece by piece, and no more than is wanted, so that a bomb costs no memory."""
    count = 0
    while body and count < wanted and not inflater.eof:
        count += len(inflater.decompress(body, _PIECE_BYTES))
        body = inflater.unconsumed_tail
    return count
