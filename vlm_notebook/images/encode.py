"""RGB pixels -> a file that still reads well, within a byte budget."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from vlm_notebook.errors import PrepareError
from vlm_notebook.images import palette, shrink

if TYPE_CHECKING:
    from PIL import Image

QUALITY = 85
"""Text stays readable without a character error down to JPEG quality 75; 85 leaves a margin."""

FEW_QUALITY = 90
"""For pictures of at most `shrink.FEW_PIXELS`: a quarter more bytes of few, for an SSIM of the
file with its own pixels of 0.98 to 0.99 instead of 0.97 to 0.985."""

MIN_QUALITY = 45
"""Below this, fewer pixels of a better quality show more."""

FULL_SHARE = 0.9
"""A budget counts as used from this share on; the search for a quality ends there."""

_CURVE = (
    *((90, 1.29), (85, 1.0), (75, 0.73), (65, 0.6)),
    *((55, 0.52), (45, 0.46), (35, 0.39), (25, 0.32)),
)
"""The share of its bytes at quality 85 that a photograph has at others: the median of the sample
pictures, enlarged with noise. It only says where to look first."""

_LEAST_SHARE = 0.44
"""Below the curve's share at `MIN_QUALITY`, no quality is tried any more."""

_USUAL_BYTES = 0.17
"""Bytes a pixel at quality 85 for which the curve holds; with more, quality matters less."""

_BEND_POWER = 0.2
"""How a first look bends the curve; two sizes of one picture then say how it really is."""

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


def encode(image: Image.Image, max_bytes: int, *, exact: bool = False) -> Encoded:
    """Encode RGB pixels within `max_bytes`: drawn pictures as PNG if that is about as small.

    Args:
        image: the pixels.
        max_bytes: the budget.
        exact: write few pixels at no better a quality than many.

    Raises:
        PrepareError: not even a tiny version fits.
    """
    flat = is_flat(image)
    few = image.width * image.height <= shrink.FEW_PIXELS
    quality = FEW_QUALITY if few and not exact else QUALITY
    drawn = _drawn(image) if flat else None
    if drawn and len(drawn.data) <= min(max_bytes, _SURE_PNG_BYTES * image.width * image.height):
        return drawn
    first = jpeg(image, quality, sharp=flat)
    if drawn and len(drawn.data) <= min(max_bytes, _DRAWN_PNG_SHARE * len(first)):
        return drawn
    if len(first) <= max_bytes:
        return _as_jpeg(first, image, quality)
    return _squeezed(image, max_bytes, (quality, len(first)), sharp=flat)


def _drawn(image: Image.Image) -> Encoded | None:
    """Return a drawing as PNG: with its own colours, or with 256 where that is hardly a change."""
    indexed = palette.exact(image) or palette.near(image)
    return Encoded(_png(indexed), "image/png", image.size, "PNG") if indexed else None


def _squeezed(
    image: Image.Image, max_bytes: int, first: tuple[int, int], *, sharp: bool
) -> Encoded:
    """Lower the quality, and where that would not do, the number of pixels.

    Args:
        image: the pixels.
        max_bytes: the budget.
        first: a quality that is over the budget, and the bytes that it takes.
        sharp: as in `jpeg`.
    """
    quality, nbytes = first
    full_bytes = nbytes / _share_at(quality)
    bend = _usual_bend(full_bytes / (image.width * image.height))
    search = _Search(max_bytes, sharp, bend)
    found = search.best(image, quality, nbytes)
    scale, share = 1.0, max_bytes / full_bytes
    while found is None:
        scale *= min(_SHRINK, (share * _AIM / _share_at(_SHRUNK_QUALITY)) ** (1 / _SHRINK_POWER))
        size = round(image.width * scale), round(image.height * scale)
        if min(size) < _MIN_SIDE_PX:
            raise PrepareError(f"the picture does not fit in {max_bytes} bytes: raise max_bytes")
        found = search.best(image.resize(size, reducing_gap=2.0), _SHRUNK_QUALITY)
        share = _share_at(MIN_QUALITY)
    return found


def _usual_bend(bytes_per_pixel: float) -> float:
    """Return how much more than the curve says a picture's bytes depend on quality."""
    return float((_USUAL_BYTES / bytes_per_pixel) ** _BEND_POWER)


@dataclass(slots=True)
class _Search:
    """The search for the quality that uses a budget."""

    max_bytes: int
    sharp: bool
    bend: float

    def best(self, image: Image.Image, quality: int, known: int | None = None) -> Encoded | None:
        """Return the best that fits; None where even the lowest quality would be too large.

        Args:
            image: the pixels.
            quality: where to begin.
            known: how many bytes that quality takes, if that is known; it is over the budget.
        """
        low, high, best, tried = MIN_QUALITY - 1, QUALITY + 1, None, None
        while high - low > 1:
            data = b"" if known else jpeg(image, quality, sharp=self.sharp)
            nbytes, known = known or len(data), None
            if nbytes > self.max_bytes:
                high = quality
            else:
                low, best = quality, _as_jpeg(data, image, quality)
                if nbytes >= FULL_SHARE * self.max_bytes:
                    break
            if tried:
                self._learn(tried, (quality, nbytes))
            tried = quality, nbytes
            share = _share_at(quality) * (_AIM * self.max_bytes / nbytes) ** (1 / self.bend)
            if best is None and share < _LEAST_SHARE:
                break
            quality = min(max(_quality_for(share), low + 1), high - 1)
        return best

    def _learn(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        """Fit the curve to two sizes of this picture."""
        if one[0] != other[0] and one[1] != other[1]:
            bend = log(one[1] / other[1]) / log(_share_at(one[0]) / _share_at(other[0]))
            self.bend = min(max(bend, 0.3), 3.0)


def _share_at(quality: int) -> float:
    for (upper, more), (lower, less) in pairwise(_CURVE):
        if quality >= lower:
            return less + (more - less) * (quality - lower) / (upper - lower)
    return _CURVE[-1][1]


def _quality_for(share: float) -> int:
    """Return the highest quality whose usual share of bytes is at most `share`."""
    qualities = range(FEW_QUALITY, MIN_QUALITY, -1)
    return next((q for q in qualities if _share_at(q) <= share), MIN_QUALITY)


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
