"""The difference of two pictures: on a grid of cells, and in structure as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Levels = NDArray[np.int16]
    Floats = NDArray[np.float32]
    Number = TypeVar("Number", bound=np.generic)

COMMON_PX = 1000
"""Both pictures are brought to the smaller one's size, at most this long: nothing is enlarged."""

CELL_PX = 8
"""Changes are placed on a grid of cells this large, JPEG's own block."""

TILE_PX = 32
"""Structure is compared in tiles this large, at half resolution: a shifted pixel is no change."""

MAX_SHIFT = 30
"""Levels of 255 by which one picture may be brighter throughout and still be the same."""

CHANGED = 20
"""Levels of 255 beyond what a pixel's neighbours explain: JPEG at quality 50 stays below."""

CONTRAST_PART = 0.2
"""Beside strong edges JPEG and resizing leave errors of up to this part of the contrast."""

COLOR_PX = 4
"""JPEG stores colour at half resolution, and coarsely: it is compared at a quarter."""

MIN_PIXELS = 2
"""A cell with a single pixel that differs has a speck of noise."""

FLAT = 6
"""A tile whose levels have a lower standard deviation has no structure to compare."""

FLAT_WEIGHT = 0.15
"""Blank paper beside blank paper says little about two pages being the same page."""

ONE_FLAT_WEIGHT = 0.25
"""Something put on blank paper speaks less against it than something else in its place."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How two pictures differ.

    Attributes:
        cells: (rows, columns), mean difference of what changed in the cell, 0 to 1; 0 for none.
        similarity: 0 to 1, the share of structure that agrees.
        cell_px: (width, height) of a cell in the first picture's pixels.
    """

    cells: Floats
    similarity: float
    cell_px: tuple[float, float]


def difference(first: Image.Image, second: Image.Image) -> Difference:
    """Return how two RGB pictures of about the same aspect ratio differ."""
    import numpy as np

    one, two = _common(first, second)
    luma = _lit(_luma(one), _luma(two))
    cell_px = (first.width / one.width * CELL_PX, first.height / one.height * CELL_PX)
    cells = _fine_cells(*luma)
    for channel in ("Cb", "Cr"):
        coarse = _coarse_cells(_color(one, channel), _color(two, channel))
        cells = np.maximum(cells, coarse[: cells.shape[0], : cells.shape[1]])
    return Difference(cells, _similarity(*luma), cell_px)


def _common(first: Image.Image, second: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return both in YCbCr and the smaller one's size, whichever comes first."""
    from PIL import Image

    smaller = min(first.size, second.size)
    scale = min(1.0, COMMON_PX / max(smaller))
    size = (max(1, round(smaller[0] * scale)), max(1, round(smaller[1] * scale)))
    how = Image.Resampling.BOX
    one, two = (
        image if image.size == size else image.resize(size, how, reducing_gap=2.0)
        for image in (first, second)
    )
    return one.convert("YCbCr"), two.convert("YCbCr")


def _luma(image: Image.Image) -> Levels:
    """Return luma averaged over nine pixels, which takes most of JPEG's ripples."""
    import numpy as np
    from PIL import ImageFilter

    return np.asarray(image.getchannel("Y").filter(ImageFilter.BoxBlur(1)), dtype=np.int16)


def _color(image: Image.Image, channel: str) -> Levels:
    import numpy as np

    return np.asarray(image.getchannel(channel).reduce(COLOR_PX), dtype=np.int16)


def _lit(one: Levels, two: Levels) -> tuple[Levels, Levels]:
    """Return both in the same light: what one is brighter by throughout is taken from it."""
    import numpy as np

    shift = int(np.clip(np.trunc(np.median(two - one)), -MAX_SHIFT, MAX_SHIFT))
    return (one, two - np.int16(shift)) if shift > 0 else (one + np.int16(shift), two)


def _fine_cells(one: Levels, two: Levels) -> Floats:
    """Return each cell's mean change, counting only what a neighbouring pixel does not explain."""
    import numpy as np

    excess = _tiled(_excess(one, two), CELL_PX)
    contrast = np.maximum(*(np.ptp(_tiled(levels, CELL_PX), axis=2) for levels in (one, two)))
    changed = excess > CHANGED + CONTRAST_PART * contrast[..., None]
    count = changed.sum(axis=2)
    mean = (excess * changed).sum(axis=2) / np.maximum(1, count) / 255
    return np.where(count >= MIN_PIXELS, mean, 0).astype(np.float32)


def _coarse_cells(one: Levels, two: Levels) -> Floats:
    """Return each cell's largest change of colour."""
    import numpy as np

    excess = _tiled(_excess(one, two), CELL_PX // COLOR_PX).max(axis=2)
    return np.where(excess > CHANGED, excess / 255, 0).astype(np.float32)


def _excess(one: Levels, two: Levels) -> Levels:
    """Return by how much each pixel lies outside what the other picture has around it."""
    import numpy as np

    return np.asarray(np.maximum(_beyond(one, two), _beyond(two, one)))


def _beyond(one: Levels, two: Levels) -> Levels:
    """Return by how much `two` lies outside the range of the nine pixels of `one` around it."""
    import numpy as np

    high = np.maximum(two - _around(one, np.maximum), 0)
    return np.asarray(np.maximum(high, _around(one, np.minimum) - two))


def _around(levels: Levels, choose: np.ufunc) -> Levels:
    """Return the largest or smallest (`choose`) of each pixel and its eight neighbours."""
    import numpy as np

    padded = np.pad(levels, 1, mode="edge")
    rows = choose(choose(padded[:-2], padded[1:-1]), padded[2:])
    return np.asarray(choose(choose(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]))


def _tiled(plane: NDArray[Number], side: int) -> NDArray[Number]:
    """Return a plane as (rows, columns, side * side); the edge is repeated to fill the last."""
    import numpy as np

    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % side), (0, -width % side)), mode="edge")
    rows, columns = padded.shape[0] // side, padded.shape[1] // side
    return padded.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)


def _similarity(one: Levels, two: Levels) -> float:
    """Return the share of agreement over tiles, those with structure in both counting most."""
    import numpy as np

    first, second = (_tiled(_half(levels), TILE_PX // 2) for levels in (one, two))
    means = first.mean(axis=2), second.mean(axis=2)
    away = [tiles - mean[..., None] for tiles, mean in zip((first, second), means, strict=True)]
    power = (away[0] ** 2).mean(axis=2), (away[1] ** 2).mean(axis=2)
    shared = 2 * (away[0] * away[1]).mean(axis=2) / np.maximum(1e-6, power[0] + power[1])
    flat = [p < FLAT**2 for p in power]
    both = flat[0] & flat[1]
    weight = np.select([both, flat[0] | flat[1]], [FLAT_WEIGHT, ONE_FLAT_WEIGHT], 1.0)
    level = (np.abs(means[0] - means[1]) < CHANGED).astype(np.float32)
    agreement = np.where(both, level, np.maximum(0, shared))
    return float((weight * agreement).sum() / weight.sum())


def _half(levels: Levels) -> Floats:
    """Return luma at half resolution."""
    import numpy as np

    return np.asarray(_tiled(levels, 2).mean(axis=2), dtype=np.float32)
