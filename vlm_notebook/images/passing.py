"""Which files may go to a model untouched: sound, and with nothing private inside."""

from __future__ import annotations

from struct import unpack_from
from typing import TYPE_CHECKING

from vlm_notebook.images import png

if TYPE_CHECKING:
    from vlm_notebook.images.source import ImageSource

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}

_PNG_SIGNATURE_BYTES = 8
_PLAIN_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"pHYs"})
_DEEP_BITS = 16
_BIT_DEPTH_AT = 24
_COLOR_TYPE_AT = 25
_PALETTE_TYPE = 3
_HEAD_BYTES = 256
_ALPHA_TYPES = frozenset({4, 6})

_PLAIN_SEGMENTS = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
"""Frame, Huffman and quantisation tables, restart interval: what decoding needs."""
_APP0, _SOS, _EOI = 0xE0, 0xDA, 0xD9
_SOF = frozenset({0xC0, 0xC1, 0xC2})
_JFIF_BYTES = 16
_USUAL_COMPONENTS = frozenset({1, 3})


def passes(source: ImageSource) -> bool:
    """Tell whether a file is sound and holds nothing but the picture."""
    if source.format == "JPEG":
        return _plain_jpeg(source.data)
    return source.format == "PNG" and _plain_png(source.data) and png.is_whole(source.data)


def _plain_jpeg(data: bytes) -> bool:
    """Walk the segments up to the scan; the end mark has to be the file's last two bytes."""
    if not data.endswith(b"\xff\xd9") or data.find(b"\xff\xd9") != len(data) - 2:
        return False
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - every segment's first byte
        kind = data[at + 1]
        length: int = unpack_from(">H", data, at + 2)[0]
        if kind == _SOS:
            return True
        if not _plain_segment(kind, length, data[at + 4 : at + 2 + length]):
            return False
        at += 2 + length
    return False


def _plain_segment(kind: int, length: int, body: bytes) -> bool:
    if kind == _APP0:  # without a thumbnail
        return length == _JFIF_BYTES and body.startswith(b"JFIF\0")
    if kind in _SOF and (len(body) <= 5 or body[5] not in _USUAL_COMPONENTS):  # noqa: PLR2004 - where SOF counts them
        return False
    return kind in _PLAIN_SEGMENTS


def _plain_png(data: bytes) -> bool:
    if len(data) <= _COLOR_TYPE_AT or data[_BIT_DEPTH_AT] == _DEEP_BITS:
        return False
    color = data[_COLOR_TYPE_AT]
    if color in _ALPHA_TYPES or (color == _PALETTE_TYPE and b"PLTE" not in data[:_HEAD_BYTES]):
        return False
    at = _PNG_SIGNATURE_BYTES
    while at + 8 <= len(data):
        length, kind = unpack_from(">I4s", data, at)
        at += 12 + int(length)
        if kind not in _PLAIN_CHUNKS:
            return False
        if kind == b"IEND":
            return at == len(data)
    return False
