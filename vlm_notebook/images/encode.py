"""RGB pixels -> a file that still reads well, within a byte budget."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85
"""Text stays readable without a character error down to JPEG quality 75; 85 leaves a margin."""

MIN_QUALITY = 45
"""Below this, fewer pixels of a better quality show more."""

FULL_SHARE = 0.9
"""A budget counts as used from this share on; the search for a quality ends there."""

_CURVE = ((85, 1.0), (75, 0.72), (65, 0.59), (55, 0.51), (45, 0.45), (35, 0.38), (25, 0.31))
"""The share of its bytes at quality 85 that a photograph has at others: the median of the sample
pictures. It only says where to look first."""

_DRAWN_PNG_SHARE = 1.2
"""A drawn picture may take so much more as PNG, which keeps its edges, than as JPEG."""

_AIM = (1 + FULL_SHARE) / 2
_SHRINK = 0.9
_SHRUNK_QUALITY = 70
"""Fewer pixels are taken at once, so many that about this quality has room."""

_PALETTE_COLORS = 256
_MIN_SIDE_PX = 16
_SAMPLE_PX = 512
_FLAT_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file: its bytes, media type, (width, height) in pixels and how it was made."""

    data: bytes
    media_type: str
    size: tuple[int, int]
    how: str


def encode(image: Image.Image, max_bytes: int) -> Encoded:
    """Encode RGB pixels within `max_bytes`: drawn pictures as PNG if that is about as small.

    Raises:
        PrepareError: not even a tiny version fits.
    """
    flat = is_flat(image)
    first = jpeg(image, QUALITY, sharp=flat)
    if flat:
        data = _png(image)
        if len(data) <= min(max_bytes, _DRAWN_PNG_SHARE * len(first)):
            return Encoded(data, "image/png", image.size, "PNG")
    if len(first) <= max_bytes:
        return _as_jpeg(first, image, QUALITY)
    return _squeezed(image, max_bytes, len(first))


def _squeezed(image: Image.Image, max_bytes: int, full_bytes: int) -> Encoded:
    """Lower the quality, and where that would not do, the number of pixels."""
    scale, fitted = 1.0, image
    while True:
        share = max_bytes / (full_bytes * scale**2)
        if share >= _share_at(MIN_QUALITY) and (found := _best(fitted, max_bytes, share)):
            return found
        scale *= min(_SHRINK, (share / _share_at(_SHRUNK_QUALITY)) ** 0.5)
        if min(image.size) * scale < _MIN_SIDE_PX:
            raise PrepareError(f"the picture does not fit in {max_bytes} bytes: raise max_bytes")
        size = round(image.width * scale), round(image.height * scale)
        fitted = image.resize(size, reducing_gap=2.0)


def _best(image: Image.Image, max_bytes: int, share: float) -> Encoded | None:
    """Search the quality that uses the budget; None where even the lowest is too large.

    `share` is the budget's share of the bytes that quality 85 would take.
    """
    low, high, best = MIN_QUALITY - 1, QUALITY, None
    quality = _quality_for(share * _AIM)
    while high - low > 1:
        data = jpeg(image, quality)
        if len(data) <= max_bytes:
            low, best = quality, _as_jpeg(data, image, quality)
            if len(data) >= FULL_SHARE * max_bytes:
                break
        else:
            high = quality
        wanted = _share_at(quality) * max_bytes * _AIM / len(data)
        quality = min(max(_quality_for(wanted), low + 1), high - 1)
    return best


def _share_at(quality: int) -> float:
    for (upper, more), (lower, less) in pairwise(_CURVE):
        if quality >= lower:
            return less + (more - less) * (quality - lower) / (upper - lower)
    return _CURVE[-1][1]


def _quality_for(share: float) -> int:
    """Return the highest quality whose usual share of bytes is at most `share`."""
    usable = (quality for quality in range(QUALITY, MIN_QUALITY, -1) if _share_at(quality) <= share)
    return next(usable, MIN_QUALITY)


def _as_jpeg(data: bytes, image: Image.Image, quality: int) -> Encoded:
    return Encoded(data, "image/jpeg", image.size, f"JPEG quality {quality}")


def jpeg(image: Image.Image, quality: int, *, sharp: bool = False) -> bytes:
    """Return RGB pixels as JPEG, without metadata.

    Args:
        image: the pixels.
        quality: 1 to 95.
        sharp: keep colour at full resolution (4:4:4 instead of 4:2:0), for coloured letters.
    """
    buffer = io.BytesIO()
    _bare(image).save(buffer, "JPEG", quality=quality, subsampling=0 if sharp else 2)
    return buffer.getvalue()


def _png(image: Image.Image) -> bytes:
    """Return RGB pixels as PNG, with a palette where 256 colours hold them all."""
    buffer = io.BytesIO()
    bare = _bare(image)
    few = bare.getcolors(_PALETTE_COLORS) is not None
    (bare.quantize(_PALETTE_COLORS) if few else bare).save(buffer, "PNG")
    return buffer.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Leave behind what Pillow would write unasked: comments, colour profiles, resolution."""
    if not image.info:
        return image
    bare = image.copy()
    bare.info = {}
    return bare


def is_flat(image: Image.Image) -> bool:
    """Tell whether most neighbours in the middle are equal: a drawing, chart or screenshot.

    >>> from PIL import Image
    >>> is_flat(Image.new("RGB", (64, 64)))
    True
    """
    from PIL import ImageChops

    width, height = image.size
    left, top = max(0, (width - _SAMPLE_PX) // 2), max(0, (height - _SAMPLE_PX) // 2)
    sample = image.crop((left, top, min(width, left + _SAMPLE_PX), min(height, top + _SAMPLE_PX)))
    gray = sample.convert("L")
    moved = ImageChops.offset(gray, 1, 0)
    same = ImageChops.difference(gray, moved).histogram()[0]
    return same / (gray.width * gray.height) > _FLAT_SHARE
