"""How many pictures a file holds, counted without decoding any."""

from __future__ import annotations

import struct
from struct import unpack_from
from typing import TYPE_CHECKING

from vlm_notebook.images import document

if TYPE_CHECKING:
    from PIL import Image

_GIF_HEAD_BYTES = 13
_GIF_FLAGS_AT = 10
_GIF_PICTURE, _GIF_EXTENSION = 0x2C, 0x21
_BIG_TIFF = frozenset({b"+\0", b"\0+"})


def count(image: Image.Image, data: bytes) -> int:
    """Return how many pictures the file has, at least 1; a PDF's are its pages.

    Args:
        image: as `decode.open_image` opened it.
        data: the file. Of a GIF and a TIFF it is walked through here: Pillow would take seconds
            for a hundred thousand frames.

    Raises:
        ImageError: it is a PDF that cannot be read.
    """
    if data.startswith(b"GIF8"):
        return max(1, _gif_frames(data))
    if image.format == "TIFF":
        return max(1, _tiff_pages(data))
    if image.format is None and document.is_pdf(data):
        return document.page_count(data, "the PDF")
    return max(1, getattr(image, "n_frames", 1))


def _gif_frames(data: bytes) -> int:
    frames, at = 0, _GIF_HEAD_BYTES
    try:
        at += _table_bytes(data[_GIF_FLAGS_AT])
        while data[at] in (_GIF_PICTURE, _GIF_EXTENSION):
            if data[at] == _GIF_PICTURE:
                frames += 1
                at += 11 + _table_bytes(data[at + 9])
            else:
                at += 2
            while size := data[at]:
                at += size + 1
            at += 1
    except IndexError:
        return frames
    return frames


def _table_bytes(flags: int) -> int:
    """Return the length of the colour table that a GIF's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _tiff_pages(data: bytes) -> int:
    order = "<" if data.startswith(b"II") else ">"
    long, number, entry = ("Q", "Q", 20) if data[2:4] in _BIG_TIFF else ("I", "H", 12)
    seen: set[int] = set()  # directories that point at each other in a ring are counted once
    try:
        at = unpack_from(order + long, data, 8 if long == "Q" else 4)[0]
        while at and at not in seen:
            tags = unpack_from(order + number, data, at)[0]
            seen.add(at)
            at = unpack_from(order + long, data, at + (8 if long == "Q" else 2) + tags * entry)[0]
    except struct.error:
        return len(seen)
    return len(seen)
