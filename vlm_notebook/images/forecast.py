"""RGB pixels -> how many bytes they will take as JPEG, from a part of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_QUALITIES = (45, 65, 90)
"""Between them, bytes are a power of the step that coefficients are rounded to."""

_UNSCALED_QUALITY = 50

_HEAD_BYTES = 623
"""What a file in colour has beside its scan, where Huffman tables are the standard's."""

_PLACE_PX = (32, 16)
"""Two units of a JPEG with halved colour."""

_LEAST, _MOST, _SHARE = 16, 48, 16
"""At least and at most so many places are looked at, else a sixteenth of the pixels. Of 18
photographs and scans with a sensor's noise the bytes are then known to within 5 % on average and
15 % at worst, of smoother ones to 30 %; once those of one quality are known, those of others to
within 2 % on average."""

_ALONE = 0.97
"""Places take 3 % more than in the whole: each begins with a mean far from the one before."""

_SPREAD = (0.7548776662466927, 0.5698402909980532)
"""Multiples of these, modulo 1, fill a square evenly: 1/p and 1/p**2, where p**3 is p + 1."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How many bytes a picture takes at which JPEG quality.

    Attributes:
        points: three qualities, rising, each with the bytes that its scan takes.
    """

    points: tuple[tuple[int, float], ...]

    def bytes_at(self, quality: int) -> float:
        """Return the bytes of the file at a quality, 1 to 95."""
        lower = 1 if quality >= self.points[1][0] else 0
        (less, some), (more, many) = self.points[lower : lower + 2]
        bend = log(many / some) / log(_step(more) / _step(less))
        return _HEAD_BYTES + some * float((_step(quality) / _step(less)) ** bend)

    def quality_for(self, nbytes: float, low: int, high: int) -> int:
        """Return the highest quality from `low` to `high` at which the file has `nbytes` at most.

        Where there is none, it is `low`.
        """
        fitting = (q for q in range(high, low, -1) if self.bytes_at(q) <= nbytes)
        return next(fitting, low)

    def through(self, quality: int, nbytes: int) -> Curve:
        """Return the same curve, higher or lower, so that it has `nbytes` at `quality`."""
        return self.times((nbytes - _HEAD_BYTES) / (self.bytes_at(quality) - _HEAD_BYTES))

    def times(self, ratio: float) -> Curve:
        """Return the curve of a picture that takes so many times as much at every quality."""
        return Curve(tuple((quality, ratio * some) for quality, some in self.points))


def _step(quality: int) -> float:
    """Return the per cent by which libjpeg scales the standard's steps of rounding."""
    return 5000 / quality if quality < _UNSCALED_QUALITY else 200 - 2 * quality


def curve(image: Image.Image, *, sharp: bool) -> Curve:
    """Return about how many bytes RGB pixels take as JPEG.

    Args:
        image: the pixels.
        sharp: colour is kept at full resolution.

    >>> from PIL import Image
    >>> picture = Image.effect_noise((640, 480), 50).convert("RGB")
    >>> file = io.BytesIO()
    >>> picture.save(file, "JPEG", quality=70)
    >>> 0.9 < curve(picture, sharp=False).bytes_at(70) / file.tell() < 1.1
    True
    """
    part = places(image)
    points = ((quality, scan_bytes(part, quality, sharp=sharp)) for quality in _QUALITIES)
    share = part.width * part.height / (image.width * image.height)
    return Curve(tuple(points)).times(1.0 if part is image else _ALONE / share)


def scan_bytes(part: Image.Image, quality: int, *, sharp: bool) -> int:
    """Return how many bytes the pixels of a part take at a quality, without the file's head."""
    file = io.BytesIO()
    part.save(file, "JPEG", quality=quality, subsampling=0 if sharp else 2)
    return max(1, file.tell() - _HEAD_BYTES)


def places(image: Image.Image) -> Image.Image:
    """Return places from all over a picture, below one another; a small one as it is."""
    from PIL import Image as Pillow

    (width, height), (across, down) = image.size, _PLACE_PX
    count = min(_MOST, max(_LEAST, width * height // (across * down * _SHARE)))
    if width < across or height < down or width * height <= across * down * count:
        return image
    column = Pillow.new("RGB", (across, down * count))
    columns, rows = -(-width // across), -(-height // down)
    for number in range(count):
        x, y = ((number + 0.5) * spread % 1 for spread in _SPREAD)
        left = min(int(x * columns) * across, width - across)
        top = min(int(y * rows) * down, height - down)
        column.paste(image.crop((left, top, left + across, top + down)), (0, number * down))
    return column
