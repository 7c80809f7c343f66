"""A part of a picture that is a picture of its own, and where its pixels are stored."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import PrepareError
from vlm_notebook.images.source import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vlm_notebook.images.source import ImageSource

Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in pixels; right and bottom are the first that are outside."""

_SIDES = 4


def crop(image: Any, box: Sequence[float], *, margin: float = 0.0) -> ImageSource:
    """Return a region of a picture as a picture of its own, to be prepared and asked about.

    Nothing is decoded yet. Its `.box` says where it lies in the original, so that what is found
    in it can be found there: add `box[0]` to each x and `box[1]` to each y.

    Args:
        image: anything `load` takes; of a region, a region of the same original is made.
        box: (left, top, right, bottom) in pixels of the upright picture, whose size is
            `load(image).size`. What reaches beyond the picture is left out; fractions of a pixel
            count as the whole one.
        margin: how much around it is taken along, as a share of the box's longer side.

    Raises:
        SourceError: there is no such picture, or it is of no kind that can be read.
        PrepareError: the box is empty, outside the picture or not four numbers, or the margin is
            below 0.

    >>> import numpy
    >>> part = crop(numpy.zeros((480, 640), "uint8"), (600, 400, 700, 440), margin=0.1)
    >>> part.box, part.size, part.origin
    ((590, 390, 640, 450), (50, 60), 'the array, region 590,390-640,450')
    """
    source = load(image)
    inside = placed(source, box, margin=margin)
    left, top = source.box[:2] if source.box else (0, 0)
    found = inside[0] + left, inside[1] + top, inside[2] + left, inside[3] + top
    size = found[2] - found[0], found[3] - found[1]
    name = source.origin.removesuffix(_suffix(source.box)) if source.box else source.origin
    return replace(source, size=size, box=found, origin=name + _suffix(found))


def placed(source: ImageSource, box: Sequence[float], *, margin: float = 0.0) -> Box:
    """Return the whole pixels of `source` that `crop` takes for a box.

    Raises:
        PrepareError: the box is empty, outside the picture or not four numbers, or the margin is
            below 0.
    """
    return _inside(_widened(box, margin, source), source)


def words(box: Box) -> str:
    """Return a box as it stands in names.

    >>> words((120, 80, 640, 480))
    '120,80-640,480'
    """
    return "{},{}-{},{}".format(*box)


def _suffix(box: Box) -> str:
    return f", region {words(box)}"


def _widened(box: Sequence[float], margin: float, source: ImageSource) -> list[float]:
    try:
        sides = [float(side) for side in box]
        around = float(margin)
    except (TypeError, ValueError, OverflowError):
        raise _bad(box, source) from None
    if len(sides) != _SIDES or not all(map(math.isfinite, sides)):
        raise _bad(box, source)
    if not (math.isfinite(around) and around >= 0):
        raise PrepareError(
            f"margin is {margin!r}: give a share of the box's longer side, 0 or more"
        )
    left, top, right, bottom = sides
    if right - left < 1 or bottom - top < 1:
        raise _bad(box, source)
    around *= max(right - left, bottom - top)
    return [left - around, top - around, right + around, bottom + around]


def _inside(sides: Sequence[float], source: ImageSource) -> Box:
    width, height = source.size
    left, top = max(0, math.floor(sides[0])), max(0, math.floor(sides[1]))
    right, bottom = min(width, math.ceil(sides[2])), min(height, math.ceil(sides[3]))
    if left >= right or top >= bottom:
        where = ", ".join(f"{side:g}" for side in sides)
        raise PrepareError(
            f"the box ({where}) lies outside {source.origin}, which has {width} x {height} pixels"
        )
    return left, top, right, bottom


def _bad(box: object, source: ImageSource) -> PrepareError:
    width, height = source.size
    return PrepareError(
        f"the box {str(box)[:60]} is no region of {source.origin}: give left, top, right and "
        f"bottom in its {width} x {height} pixels, left before right and top before bottom"
    )


def stored(box: Box, size: tuple[int, int], orientation: int) -> Box:
    """Return where a box of the upright picture lies among the pixels as they are stored.

    Args:
        box: in pixels of the upright picture.
        size: of the upright picture, (width, height) in pixels.
        orientation: the EXIF orientation, 1 to 8, by which the stored pixels are turned.

    >>> stored((0, 0, 10, 20), (100, 50), 6)
    (0, 90, 20, 100)
    """
    left, top, right, bottom = box
    from_right, from_bottom = (size[0] - right, size[0] - left), (size[1] - bottom, size[1] - top)
    across, down = {
        1: ((left, right), (top, bottom)),
        2: (from_right, (top, bottom)),
        3: (from_right, from_bottom),
        4: ((left, right), from_bottom),
        5: ((top, bottom), (left, right)),
        6: ((top, bottom), from_right),
        7: (from_bottom, from_right),
        8: (from_bottom, (left, right)),
    }[orientation]
    return across[0], down[0], across[1], down[1]


def scaled(box: Box, size: tuple[int, int], other: tuple[int, int]) -> Box:
    """Return a box of a picture of one size as it lies in the same picture of another.

    >>> scaled((10, 10, 21, 20), (100, 50), (50, 25))
    (5, 5, 11, 10)
    """
    across, down = other[0] / size[0], other[1] / size[1]
    right, bottom = math.ceil(box[2] * across), math.ceil(box[3] * down)
    return int(box[0] * across), int(box[1] * down), min(right, other[0]), min(bottom, other[1])
