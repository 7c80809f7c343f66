"""Tiles: a picture cut into small squares, each told for blank, text or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

TILE_PX = 16
"""About the height of a line of text on a page a thousand pixels high."""

TEXT_CONTRAST = 0.25
"""Ink and paper differ by at least this much of white, even in a grey scan."""

TEXT_CROSSINGS = (1, 9)
"""Times that a row or column of a tile goes from ink to paper or back; texture does it more."""

BLANK_RANGE = 0.07
"""Quarter tiles of blank paper differ by less: averaging sixteen pixels removes the noise."""

GRAIN_EQUAL = 0.25
"""In a tile of a photograph fewer neighbours are equal; beside letters and lines more are."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """What each tile is, as masks of shape (rows, columns), and its paper's lightness, 0 to 1."""

    text: Mask
    dark: Mask
    blank: Mask
    busy: Mask
    grain: Mask
    paper: Floats


def cut(plane: Bytes) -> Bytes:
    """Return a plane (height, width) as (rows, columns, 256); what is left over is dropped.

    >>> import numpy as np
    >>> cut(np.zeros((40, 50), dtype=np.uint8)).shape
    (2, 3, 256)
    """
    side = TILE_PX
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    whole = plane[: rows * side, : columns * side]
    return whole.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)


def tell(grey: Bytes, step: Bytes) -> Tiles:
    """Tell the tiles of a picture of at least one tile apart.

    Args:
        grey: lightness, (height, width), 0 to 255.
        step: largest difference to the right and lower neighbours, same shape.
    """
    import numpy as np

    flat, steps = cut(grey), cut(step)
    low, dim, high, paper = np.moveaxis(np.partition(flat, (8, 128, 240), axis=2), 2, 0)[
        [8, 128, 240, 240]
    ].astype(np.float32)
    middle = (low + high) / 2
    ground = np.where(dim > middle, high, low)
    text = _crossed(flat, middle) & (high - low > TEXT_CONTRAST * 255)
    text &= _clean(flat, ground, high - low)
    busy = steps.max(axis=2) > 0
    grain = busy & ((steps == 0).mean(axis=2) < GRAIN_EQUAL)
    return Tiles(text, dim > middle, _blank(flat), busy, grain, paper / 255)


def _crossed(flat: Bytes, middle: Floats) -> Mask:
    """Return which tiles have as many changes from dark to light as text has, both ways."""
    import numpy as np

    side = TILE_PX
    light = (flat > middle[..., None]).reshape(*flat.shape[:2], side, side)
    across = (light[..., 1:] != light[..., :-1]).sum(axis=(2, 3)) / side
    down = (light[..., 1:, :] != light[..., :-1, :]).sum(axis=(2, 3)) / side
    least, most = TEXT_CROSSINGS
    enough = (across > least) & (down > least) & (across + down > 3.5 * least)
    return np.asarray(enough & (across < most) & (down < most))


def _clean(flat: Bytes, ground: Floats, contrast: Floats) -> Mask:
    """Return in which tiles most pixels are the plain ground between strokes."""
    import numpy as np

    away = np.abs(flat - ground[..., None])
    near: Mask = np.median(away, axis=2) < contrast / 4
    return near


def _blank(flat: Bytes) -> Mask:
    import numpy as np

    side, part = TILE_PX, TILE_PX // 4
    quarters = flat.reshape(*flat.shape[:2], part, side // part, part, side // part)
    means = quarters.mean(axis=(3, 5)).reshape(*flat.shape[:2], -1)
    return np.asarray(means.max(axis=2) - means.min(axis=2) < BLANK_RANGE * 255)
