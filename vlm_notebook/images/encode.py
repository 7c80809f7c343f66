"""RGB pixels -> a file that still reads well, within a byte budget."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError
from vlm_notebook.images import forecast, palette, shrink

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85
"""Text stays readable without a character error down to JPEG quality 75; 85 leaves a margin."""

FEW_QUALITY = 95
"""For pictures of at most `shrink.FEW_PIXELS`: 60 to 95 kB and 0.2 ms more, for an SSIM of the file
with what LANCZOS gives of a photograph of 0.985 to 0.992, instead of 0.968 to 0.982 with 85."""

FEW_DRAWN_QUALITY = 90
"""Drawings that are not sent as PNG; a better JPEG would have more bytes than that."""

MIN_QUALITY = 45
"""Below this, fewer pixels of a better quality show more."""

FULL_SHARE = 0.9
"""A budget counts as used from this share on; the search for a quality ends there."""

_SURE_BYTES = 0.4
"""Bytes a pixel that hold nearly every photograph; with fewer, its bytes are estimated first."""

_DOUBT = 1.1
"""So many times the budget an estimate may be and the best quality is tried all the same."""

_SHRINK_POWER = 1.75
"""Bytes fall with this power of the side, not with the area: smaller pictures hold more detail."""

_DRAWN_PNG_SHARE = 1.2
"""A drawn picture may take so much more as PNG, which keeps its edges, than as JPEG.

It nearly always takes less. Of 93,889 letters on 65 rendered pages and screenshots in colour the
embedded reader missed 824 of the pixels themselves, 826 of PNG with a palette, 864 of JPEG of
quality 85 in 4:4:4, which took 1.9 times its bytes, and 809 of quality 90, with 2.3 times."""

_SURE_PNG_BYTES = 1 / 8
"""Bytes a pixel up to which a drawn picture is PNG without being tried as JPEG."""

_PNG_LEVEL = 4
"""Of zlib: a third faster than 6, Pillow's own, for 1 to 2 % more bytes."""

_AIM = (1 + FULL_SHARE) / 2
_SHRINK = 0.9
_SHRUNK_QUALITY = 70
"""Fewer pixels are taken at once, so many that about this quality has room."""

_MIN_SIDE_PX = 16
_SAMPLE_PX = 512
_FLAT_SHARE = 0.6
_DENSE_SHARE, _GROUND_SHARE = 0.4, 0.3
"""A page full of small letters has 50 % equal neighbours and more, and 34 % and more of one grey;
photographs have up to 55 % and 7 %. On 13 such pages the reader missed 95 of 41,864 letters as PNG,
110 as JPEG in 4:2:0, which took a quarter more bytes."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file: its bytes, media type, (width, height) in pixels and how it was made."""

    data: bytes
    media_type: str
    size: tuple[int, int]
    how: str


def encode(image: Image.Image, max_bytes: int) -> Encoded:
    """Encode RGB pixels within `max_bytes`: drawn pictures as PNG if that is about as small.

    Args:
        image: the pixels.
        max_bytes: the budget.

    Raises:
        PrepareError: not even a tiny version fits.
    """
    flat, pixels = is_flat(image), image.width * image.height
    few = FEW_DRAWN_QUALITY if flat else FEW_QUALITY
    quality = few if pixels <= shrink.FEW_PIXELS else QUALITY
    drawn = _drawn(image) if flat else None
    drawn = drawn if drawn and len(drawn.data) <= max_bytes else None
    if drawn and len(drawn.data) <= _SURE_PNG_BYTES * pixels:
        return drawn
    sure = flat or max_bytes >= _SURE_BYTES * pixels
    curve = None if sure else forecast.curve(image, sharp=flat)
    if curve and curve.bytes_at(quality) > _DOUBT * max_bytes:
        return _squeezed(image, _Search(max_bytes, quality, flat), curve)
    first = jpeg(image, quality, sharp=flat)
    if drawn and len(drawn.data) <= _DRAWN_PNG_SHARE * len(first):
        return drawn
    if len(first) <= max_bytes:
        return _as_jpeg(first, image, quality)
    curve = (curve or forecast.curve(image, sharp=flat)).through(quality, len(first))
    return _squeezed(image, _Search(max_bytes, quality - 1, flat), curve)


def _drawn(image: Image.Image) -> Encoded | None:
    """Return a drawing as PNG: with its own colours, or with 256 where that is hardly a change."""
    indexed = palette.exact(image) or palette.near(image)
    return Encoded(_png(indexed), "image/png", image.size, "PNG") if indexed else None


def _squeezed(image: Image.Image, search: _Search, curve: forecast.Curve) -> Encoded:
    """Lower the quality, and where that would not do, the number of pixels.

    Args:
        image: the pixels.
        search: for the quality.
        curve: how many bytes they take at which quality.
    """
    found, smaller = search.best(image, curve), image
    scale = 1.0
    while found is None:
        share = search.max_bytes / curve.bytes_at(_SHRUNK_QUALITY)
        scale *= min(_SHRINK, (share * _AIM) ** (1 / _SHRINK_POWER))
        size = round(image.width * scale), round(image.height * scale)
        if min(size) < _MIN_SIDE_PX:
            raise PrepareError(
                f"the picture does not fit in {search.max_bytes} bytes: raise max_bytes"
            )
        smaller = image.resize(size, reducing_gap=2.0)
        curve = forecast.curve(smaller, sharp=search.sharp)
        found = search.best(smaller, curve)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for the quality that uses a budget.

    Attributes:
        max_bytes: the budget.
        most: the best quality that may be taken.
        sharp: as in `jpeg`.
    """

    max_bytes: int
    most: int
    sharp: bool

    def best(self, image: Image.Image, curve: forecast.Curve) -> Encoded | None:
        """Return the best that fits; None where even the lowest quality would be too large."""
        low, high, best, doubt = MIN_QUALITY, self.most, None, _DOUBT
        while low <= high and (best or curve.bytes_at(MIN_QUALITY) <= doubt * self.max_bytes):
            quality = curve.quality_for(_AIM * self.max_bytes, low, high)
            if best and high < self.most:  # the curve has misled twice
                quality = (low + high) // 2
            data = jpeg(image, quality, sharp=self.sharp)
            curve, doubt = curve.through(quality, len(data)), 1.0
            if len(data) > self.max_bytes:
                high = quality - 1
                continue
            low, best = quality + 1, _as_jpeg(data, image, quality)
            if len(data) >= FULL_SHARE * self.max_bytes:
                break
        return best


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
    """Return pixels as PNG, without metadata."""
    buffer = io.BytesIO()
    _bare(image).save(buffer, "PNG", compress_level=_PNG_LEVEL)
    return buffer.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Leave behind what Pillow would write unasked: comments, colour profiles, resolution."""
    if not image.info:
        return image
    bare = image.copy()
    bare.info = {}
    return bare


def is_flat(image: Image.Image) -> bool:
    """Tell whether the middle is drawn: most neighbours are equal, or many are on one ground.

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
    same = ImageChops.difference(gray, moved).histogram()[0] / (gray.width * gray.height)
    ground = max(gray.histogram()) / (gray.width * gray.height)
    return same > _FLAT_SHARE or (same > _DENSE_SHARE and ground > _GROUND_SHARE)
