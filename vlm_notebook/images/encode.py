"""RGB pixels -> the smallest file that still reads well, within a byte budget."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85
"""Text stays readable without a character error down to JPEG quality 75; 85 leaves a margin."""

_LOWER_QUALITIES = (75, 60, 45)
_SHRINK = 0.8
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
    """Encode RGB pixels within `max_bytes`: PNG for drawn pictures, else JPEG, shrunk if need be.

    Raises:
        PrepareError: not even a tiny version fits.
    """
    scale, fitted = 1.0, image
    while (encoded := _encoded(fitted, max_bytes)) is None:
        scale *= _SHRINK
        if min(image.size) * scale < _MIN_SIDE_PX:
            raise PrepareError(f"the picture does not fit in {max_bytes} bytes: raise max_bytes")
        fitted = image.resize((round(image.width * scale), round(image.height * scale)))
    return encoded


def _encoded(image: Image.Image, max_bytes: int) -> Encoded | None:
    """Return the first way of writing the picture that fits."""
    if is_flat(image) and len(data := _png(image)) <= max_bytes:
        return Encoded(data, "image/png", image.size, "PNG")
    for quality in (QUALITY, *_LOWER_QUALITIES):
        if len(data := jpeg(image, quality)) <= max_bytes:
            return Encoded(data, "image/jpeg", image.size, f"JPEG quality {quality}")
    return None


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return RGB pixels as JPEG (4:2:0, no metadata) of that quality, 1 to 95."""
    buffer = io.BytesIO()
    _bare(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    _bare(image).save(buffer, "PNG")
    return buffer.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Leave behind what Pillow would write unasked: comments, colour profiles, resolution."""
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
