"""A JPEG or PNG whose side data is broken -> the picture without that data."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

_PNG_HEAD = struct.Struct(">I4s")
_PNG_SIGNATURE_BYTES = 8
_NEEDED_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"})
_FIRST_APP, _EXIF_APP, _ADOBE_APP, _LAST_APP, _COMMENT = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE
_START_OF_SCAN = 0xDA
_MIN_SEGMENT_BYTES = 2
_ADOBE_BYTES = 14
"""The segment's length by its length field: a marker, a version, two flags and a transform."""


def opened(data: bytes, kind: str | None, formats: tuple[str, ...]) -> Image.Image:
    """Open a file with Pillow, the second time without what is not needed to see the picture.

    Raises:
        Exception: what Pillow raised the first time, when the second one fails too.
    """
    from PIL import Image

    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError:
        raise
    except Exception:
        if kind not in _BARE:
            raise
        with suppress(Exception):  # the first error says what is wrong
            return Image.open(io.BytesIO(_BARE[kind](data)), formats=formats)
        raise


def _bare_png(data: bytes) -> bytes:
    return data[:_PNG_SIGNATURE_BYTES] + b"".join(_sound_chunks(data))


def _sound_chunks(data: bytes) -> Iterator[bytes]:
    """Yield the chunks that make the picture; of the rest only EXIF with a right checksum."""
    at = _PNG_SIGNATURE_BYTES
    while at + _PNG_HEAD.size <= len(data):
        length, kind = _PNG_HEAD.unpack_from(data, at)
        chunk = data[at : at + 12 + length]
        at += len(chunk)
        sound = kind != b"eXIf" or struct.pack(">I", zlib.crc32(chunk[4:-4])) == chunk[-4:]
        if kind in _NEEDED_CHUNKS and sound:
            yield chunk


def _bare_jpeg(data: bytes) -> bytes:
    return data[:2] + b"".join(_needed_segments(data))


def _needed_segments(data: bytes) -> Iterator[bytes]:
    """Yield the segments but for those of applications; EXIF and a whole Adobe mark are kept."""
    at = 2
    while at + 4 <= len(data):
        lead, kind, length = struct.unpack_from(">BBH", data, at)
        if lead != 0xFF or length < _MIN_SEGMENT_BYTES or kind == _START_OF_SCAN:  # noqa: PLR2004 - every segment's first byte
            break
        if _is_needed(kind, length):
            yield data[at : at + 2 + length]
        at += 2 + length
    yield data[at:]


def _is_needed(kind: int, length: int) -> bool:
    if kind == _ADOBE_APP:
        return length == _ADOBE_BYTES
    return kind == _EXIF_APP or not (_FIRST_APP <= kind <= _LAST_APP or kind == _COMMENT)


_BARE: dict[str | None, Callable[[bytes], bytes]] = {"JPEG": _bare_jpeg, "PNG": _bare_png}
