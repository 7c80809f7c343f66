"""A source -> upright RGB pixels of a wanted size, decoding no more than is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.detail import Limits
from vlm_notebook.images import decode

if TYPE_CHECKING:
    from PIL import Image

    from vlm_notebook.images.source import ImageSource

SNAP_SHARE = 0.94
"""A JPEG can be decoded at 1/2, 1/4 and 1/8 for nearly nothing; at least this share of the wanted
side is taken for it. Up to 6 % fewer pixels a side: OCR at 6 pt saw no difference."""

REDUCING_GAP = 1.3
"""Whole-number averaging does the first part of shrinking, down to so many times the target."""

_SIDEWAYS = range(5, 9)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Pixels, and what was done to get them, in words."""

    image: Image.Image
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """How a picture is wanted.

    Attributes:
        limits: how large it may be.
        exact: take no size that decoding offers cheaply, and the better filter.
        background: the (red, green, blue) that transparency is put on.
    """

    limits: Limits
    exact: bool = False
    background: tuple[int, int, int] = decode.WHITE


def fitted(source: ImageSource, wish: Wish) -> Fitted:
    """Return upright RGB pixels of a source, as wished.

    Raises:
        PrepareError: the picture is damaged.
    """
    image = decode.open_image(source.data, source.origin, frame=source.frame)
    value = decode.orientation(image)
    sideways = value in _SIDEWAYS
    size = decode.upright_size(image)
    target = wish.limits.fit(*size)
    stored = target[::-1] if sideways else target
    reached = _draft(image, stored, wish)
    image = decode.decoded(image, source.origin)
    transparent = decode.is_transparent(image)
    image = _resized(decode.plain(image), reached, exact=wish.exact)
    image = decode.to_rgb(decode.turned(image, value), wish.background)
    steps = [
        _turning(value),
        _flattening(wish.background) if transparent else "",
        "" if image.size == size else f"{by(size)} to {by(image.size)}",
    ]
    return Fitted(image, tuple(filter(None, steps)))


def _draft(image: Image.Image, target: tuple[int, int], wish: Wish) -> tuple[int, int]:
    """Let a JPEG decode itself smaller; return the size to resize to, in stored orientation."""
    if image.format != "JPEG" or target == image.size:
        return target
    if not wish.exact and wish.limits.step_px == 1 and (near := _snap(image.size, target)):
        image.draft("RGB", near)
        return near
    image.draft("RGB", target)
    return target


def _snap(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int] | None:
    """Return the size that decoding itself offers just below the target, if there is one."""
    for factor in (8, 4, 2):
        near = -(-size[0] // factor), -(-size[1] // factor)
        shares = near[0] / target[0], near[1] / target[1]
        if min(shares) >= SNAP_SHARE and max(shares) <= 1:
            return near
    return None


def _resized(image: Image.Image, target: tuple[int, int], *, exact: bool) -> Image.Image:
    if image.size == target:
        return image
    from PIL.Image import Resampling

    filter_ = Resampling.LANCZOS if exact else Resampling.BICUBIC
    return image.resize(target, filter_, reducing_gap=3.0 if exact else REDUCING_GAP)


def _turning(value: int) -> str:
    degrees = {3: 180, 6: 90, 8: 270}.get(value)
    if degrees:
        return f"turned by {degrees} degrees"
    return "" if value == 1 else "mirrored and turned as its EXIF data says"


def _flattening(background: tuple[int, int, int]) -> str:
    color = "white" if background == decode.WHITE else f"rgb{background}"
    return f"transparent background made {color}"


def by(size: tuple[int, int]) -> str:
    """Return (width, height) as words.

    >>> by((640, 480))
    '640x480'
    """
    return f"{size[0]}x{size[1]}"


def pixels(source: ImageSource) -> Image.Image:
    """Return a source's own pixels: upright, RGB, on white, at full size.

    Raises:
        PrepareError: the picture is damaged.
    """
    return fitted(source, Wish(Limits(max(source.size)), exact=True)).image
