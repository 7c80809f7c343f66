"""Whether a PNG file holds all of its pixels: Pillow leaves black what is missing, silently."""

from __future__ import annotations

import struct
from struct import Struct
from typing import TYPE_CHECKING

from zlib_ng import zlib_ng as zlib

if TYPE_CHECKING:
    from collections.abc import Iterator

_InflateError: type[Exception] = zlib.error  # type: ignore[assignment] # its stub forgets `type`

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

_BLOCK_AT, _BLOCK_TYPE = 2, 0b110
"""Where the first block's type stands behind zlib's header; 0 is a stored one."""

_FEW_BYTES = 1_000
_PIECE_BYTES = 1 << 20
_CACHED_BYTES = 1 << 16
"""Pixels are inflated in pieces that stay in a processor's cache, and none is kept."""

_PLAIN_LENGTHS = {b"IHDR": 13, b"IEND": 0, b"sRGB": 1, b"gAMA": 4, b"pHYs": 9}
_BEFORE_PIXELS = frozenset({b"PLTE", b"sRGB", b"gAMA", b"pHYs"})
_GRAY, _COLORS, _PALETTE = 0, 2, 3
_DEEP_BITS = 16
_LAST_FILTER = 4


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
    except (KeyError, ValueError, struct.error, _InflateError):
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


def exif(data: bytes) -> bytes:
    r"""Return the EXIF data of a PNG file, wherever it stands; b"" where there is none.

    >>> exif(b"\x89PNG only in name")
    b''
    """
    at = _SIGNATURE_BYTES if b"eXIf" in data else len(data)
    while at + _CHUNK_HEAD.size <= len(data):
        length, kind = _CHUNK_HEAD.unpack_from(data, at)
        if kind == b"eXIf":
            return data[at + 8 : at + 8 + length]
        at += 12 + length
    return b""


def _raw_bytes(header: bytes) -> int:
    """Return how many bytes the pixels have before compression, with a filter byte a row."""
    return sum(rows * row_bytes for rows, row_bytes in _passes(_IHDR.unpack(header)))


def _passes(header: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the number of rows of each pass that has any, and the bytes of a row."""
    width, height, depth, color, _, _, interlaced = header
    for left, top, step_x, step_y in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -((left - width) // step_x), -((top - height) // step_y)
        if columns > 0 and rows > 0:
            yield rows, 1 + (columns * depth * _CHANNELS[color] + 7) // 8


def _inflated(inflater: zlib._Decompress, body: bytes, wanted: int) -> int:
    """Inflate piece by piece, and no more than is wanted, so that a bomb costs no memory."""
    count = 0
    while body and count < wanted and not inflater.eof:
        count += len(inflater.decompress(body, _PIECE_BYTES))
        body = inflater.unconsumed_tail
    return count


def is_plain_png(data: bytes) -> bool:
    """Tell whether the file holds a sound, opaque 8-bit PNG picture and nothing else.

    Every chunk has to be needed or harmless, in its place and of its length, with a right
    checksum, and the compressed pixels have to be exactly as many as the size wants.
    """
    try:
        chunks = list(_every_chunk(data))
        header = _IHDR.unpack(chunks[0][1])
    except (struct.error, ValueError, IndexError):
        return False
    return _plain_order([kind for kind, _ in chunks], header) and _plain_bodies(chunks, header)


def _every_chunk(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and body of each chunk.

    Raises:
        ValueError: a checksum is wrong, or the last chunk does not end the file.
    """
    at, kind = _SIGNATURE_BYTES, b""
    while at < len(data):
        length, kind = _CHUNK_HEAD.unpack_from(data, at)
        body = data[at + 8 : at + 8 + length]
        at += 12 + length
        if zlib.crc32(kind + body) != _CRC.unpack_from(data, at - 4)[0]:
            raise ValueError(kind)
        yield kind, body


def _plain_order(kinds: list[bytes], header: tuple[int, ...]) -> bool:
    """IHDR, what describes the pixels, the pixels in one run, IEND; each but the pixels once."""
    first = kinds.index(b"IDAT") if b"IDAT" in kinds else 0
    before, pixels = kinds[1:first], kinds[first:-1]
    _, _, depth, color, *_ = header
    return (
        kinds[0] == b"IHDR"
        and kinds[-1] == b"IEND"
        and set(before) <= _BEFORE_PIXELS
        and len(set(before)) == len(before)
        and set(pixels) == {b"IDAT"}
        and color in (_GRAY, _COLORS, _PALETTE)
        and (b"PLTE" in before) == (color == _PALETTE)
        and depth < _DEEP_BITS
    )


def _plain_bodies(chunks: list[tuple[bytes, bytes]], header: tuple[int, ...]) -> bool:
    if any(len(body) != _PLAIN_LENGTHS.get(kind, len(body)) for kind, body in chunks):
        return False
    _, _, depth, _, *methods = header
    colors = sum(len(body) for kind, body in chunks if kind == b"PLTE")
    if methods[:2] != [0, 0] or methods[2] > 1 or colors % 3 or colors > 3 << depth:
        return False
    return _plain_pixels(b"".join(body for kind, body in chunks if kind == b"IDAT"), header)


def _plain_pixels(packed: bytes, header: tuple[int, ...]) -> bool:
    """The stream ends with its checksum where the pixels end, and each row has a known filter.

    One that is only stored, as pixels from memory are, is worth compressing (RFC 1951, 3.2.3).
    """
    if len(packed) > _FEW_BYTES and not packed[_BLOCK_AT] & _BLOCK_TYPE:
        return False
    inflater, filters = zlib.decompressobj(), set[int]()
    try:
        for rows, row_bytes in _passes(header):
            at_once = max(1, _CACHED_BYTES // row_bytes)
            for top in range(0, rows, at_once):
                wanted = min(at_once, rows - top) * row_bytes
                raw = inflater.decompress(packed, wanted)
                packed = inflater.unconsumed_tail
                filters |= set(raw[::row_bytes])
                if len(raw) != wanted:
                    return False
        surplus = inflater.decompress(packed, 1)
    except _InflateError:
        return False
    ended = inflater.eof and not surplus and not inflater.unused_data
    return ended and max(filters) <= _LAST_FILTER
