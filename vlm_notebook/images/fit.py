"""A source -> upright RGB pixels of a wanted size, decoding no more than is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.images import color, decode, frames, region, shrink
from vlm_notebook.limits import Limits

if TYPE_CHECKING:
    from PIL import Image

    from vlm_notebook.images.source import ImageSource

SNAP_SHARE = 0.94
"""A JPEG can be decoded at 1/2, 1/4 and 1/8 for nearly nothing; at least this share of the wanted
side is taken for it. Up to 6 % fewer pixels a side: OCR at 6 pt saw no difference."""

_SIDEWAYS = range(5, 9)
_PAGED = frozenset({"PDF", "TIFF"})
_OTHER_SPACES = frozenset({"CMYK", "LAB", "YCbCr", "HSV"})


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
    background: tuple[int, int, int] = color.WHITE


def fitted(source: ImageSource, wish: Wish) -> Fitted:
    """Return upright RGB pixels of a source, as wished.

    Raises:
        PrepareError: the picture is damaged.
    """
    image = decode.open_image(source.data, source.origin, frame=source.frame)
    value, whole = decode.orientation(image), decode.upright_size(image)
    box = source.box or (0, 0, *whole)
    size = box[2] - box[0], box[3] - box[1]
    target = wish.limits.fit(*size)
    steps = [_framing(image, source), _choosing(source, whole)]
    steps.append(_turning(decode.marked_orientation(image)))
    sideways, full = value in _SIDEWAYS, image.size
    stored = size[::-1] if sideways else size
    reached = _draft(image, stored, target[::-1] if sideways else target, wish)
    image = decode.decoded(image, source.origin)
    steps.append(_recoloring(image))
    ends = shrink.gray_ends(image)
    averaged = round(full[0] / image.width)
    if source.box:
        image = image.crop(region.scaled(region.stored(box, whole, value), full, image.size))
    if averaged == 1:
        small = shrink.shrunk(image, reached, ends=ends, exact=wish.exact)
    else:
        small = shrink.from_draft(image, reached, averaged=averaged, exact=wish.exact)
    in_srgb = color.to_srgb(small)
    done = color.to_rgb(decode.turned(in_srgb, value), wish.background)
    steps += [
        f"greys of {ends[0]:g} to {ends[1]:g} made 0 to 255" if ends else "",
        "" if in_srgb is small else "colour profile applied",
        _flattening(wish.background) if color.is_transparent(in_srgb) else "",
        "" if done.size == size else f"{by(size)} to {by(done.size)}",
    ]
    return Fitted(done, tuple(filter(None, steps)))


def fitted_size(source: ImageSource, wish: Wish) -> tuple[int, int]:
    """Return the (width, height) in pixels of what `fitted` gives, without decoding anything."""
    target = wish.limits.fit(*source.size)
    snaps = source.format in decode.SHRINKING and wish.limits.step_px == 1 and not wish.exact
    if target == source.size or not snaps:
        return target
    return _snap(source.size, target) or target


def _draft(
    image: Image.Image, stored: tuple[int, int], target: tuple[int, int], wish: Wish
) -> tuple[int, int]:
    """Let a JPEG decode itself smaller; return the size to resize to, in stored orientation.

    Args:
        image: opened, not decoded.
        stored: (width, height) in pixels of the part of it that is wanted.
        target: what that is to become.
        wish: how.
    """
    if image.format not in decode.SHRINKING or target == stored:
        return target
    near = None if wish.exact or wish.limits.step_px > 1 else _snap(stored, target)
    reached = near or target
    across, down = (-(-image.size[i] * reached[i] // stored[i]) for i in (0, 1))
    image.draft("RGB", (across, down))
    return reached


def _snap(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int] | None:
    """Return the size that decoding itself offers just below the target, if there is one."""
    for factor in (8, 4, 2):
        near = -(-size[0] // factor), -(-size[1] // factor)
        shares = near[0] / target[0], near[1] / target[1]
        if min(shares) >= SNAP_SHARE and max(shares) <= 1:
            return near
    return None


def _framing(image: Image.Image, source: ImageSource) -> str:
    total = frames.count(image, source.data)
    word = "page" if source.format in _PAGED else "frame"
    return f"{word} {source.frame + 1} of {total}" if total > 1 else ""


def _choosing(source: ImageSource, whole: tuple[int, int]) -> str:
    return f"region {region.words(source.box)} of {by(whole)}" if source.box else ""


def _recoloring(image: Image.Image) -> str:
    return f"{image.mode} made RGB" if image.mode in _OTHER_SPACES else ""


def _turning(value: int) -> str:
    degrees = {3: 180, 6: 90, 8: 270}.get(value)
    if degrees:
        return f"turned by {degrees} degrees"
    return "" if value == 1 else "mirrored and turned as its EXIF data says"


def _flattening(background: tuple[int, int, int]) -> str:
    ground = "white" if background == color.WHITE else f"rgb{background}"
    return f"transparent background made {ground}"


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
