"""The difference of two pictures: on a grid of cells, and in structure as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from vlm_notebook.offline.alignment import offset, refined
from vlm_notebook.offline.lighting import light

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

CHANGED = 20
"""Levels of 255 beyond what a pixel's neighbours explain: JPEG at quality 50 stays below."""

CONTRAST_PART = 0.2
"""Beside strong edges JPEG and resizing leave errors of up to this part of the contrast."""

COLOR_PX = 4
"""JPEG stores colour at half resolution, and coarsely: it is compared at a quarter."""

MIN_PIXELS = 2
"""A cell with a single pixel that differs has a speck of noise."""

GRAY = 3
"""Levels around 128 that a picture's colour keeps to when it has none."""

FADED = 0.15
"""A picture that lost this much of its colour is the other one in black and white."""

FLAT = 6
"""A tile whose levels have a lower standard deviation has no structure to compare."""

FLAT_WEIGHT = 0.15
"""Blank paper beside blank paper says little about two pages being the same page."""

ONE_FLAT_WEIGHT = 0.25
"""Something put on blank paper speaks less against it than something else in its place."""


Colorless = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Difference:
    """How two pictures differ.

    Attributes:
        cells: (rows, columns), mean difference of what changed in the cell, 0 to 1; 0 for none.
        similarity: 0 to 1, the share of structure that agrees.
        cell_px: (width, height) of a cell in the first picture's pixels.
        shift: how far right and down the second shows what the first shows, in its pixels.
        colorless: which of them is the other one without its colour, if one is.
    """

    cells: Floats
    similarity: float
    cell_px: tuple[float, float]
    shift: tuple[int, int] = (0, 0)
    colorless: Colorless | None = None


def difference(first: Image.Image, second: Image.Image) -> Difference:
    """Return how two RGB pictures of about the same aspect ratio differ.

    When one is shifted against the other by a few pixels, they are compared aligned.
    """
    one, two = _common(first, second)
    scale = first.width / one.width, first.height / one.height
    found = _difference(one, two, scale)
    right, down = offset(_luma(one), _luma(two)) if found.cells.any() else (0, 0)
    if not (right or down):
        return found
    aligned = _aligned(first, second, (round(right * scale[0]), round(down * scale[1])))
    return aligned if _is_better(aligned, found) else found


def _aligned(first: Image.Image, second: Image.Image, shift: tuple[int, int]) -> Difference:
    """Return the difference with a shift, known to a pixel or so, taken out."""
    whole = second if second.size == first.size else second.resize(first.size)
    right, down = refined(_luma(first), _luma(whole), shift)
    one, two = _common(first, _moved(whole, right, down))
    found = _difference(one, two, (first.width / one.width, first.height / one.height))
    _clear(found.cells, round(right / found.cell_px[0], 3), round(down / found.cell_px[1], 3))
    return replace(found, shift=(right, down))


def _difference(one: Image.Image, two: Image.Image, scale: tuple[float, float]) -> Difference:
    import numpy as np

    colorless = _colorless(one, two)
    lit = light(_luma(one), _luma(two))
    if lit.gain > 1:
        one, two = lit.pictures(one, two)
    luma = lit.luma((_luma(one), _luma(two))) if lit.gain == 1 else (_luma(one), _luma(two))
    cells, color = _fine_cells(*luma), _color_cells(one, two)
    if cells.any() and (color > 0).mean() < FADED:
        colorless = None
    return Difference(
        cells=cells if colorless else np.maximum(cells, color),
        similarity=_similarity(*luma),
        cell_px=(scale[0] * CELL_PX, scale[1] * CELL_PX),
        colorless=colorless,
    )


def _color_cells(one: Image.Image, two: Image.Image) -> Floats:
    """Return each cell's largest change of colour, on the grid of the fine cells."""
    import numpy as np

    blue, red = (_coarse_cells(_color(one, c), _color(two, c)) for c in ("Cb", "Cr"))
    rows, columns = -(-one.height // CELL_PX), -(-one.width // CELL_PX)
    return np.asarray(np.maximum(blue, red)[:rows, :columns])


def _colorless(one: Image.Image, two: Image.Image) -> Colorless | None:
    gray = _is_gray(one), _is_gray(two)
    if gray[0] == gray[1]:
        return None
    return "first" if gray[0] else "second"


def _is_gray(image: Image.Image) -> bool:
    _, blue, red = image.convert("YCbCr").split()
    bounds = (*blue.getextrema(), *red.getextrema())
    return all(abs(level - 128) <= GRAY for level in bounds)


def _moved(image: Image.Image, right: int, down: int) -> Image.Image:
    """Return the picture with its contents moved back; what leaves at one edge comes at another."""
    from PIL import ImageChops

    return ImageChops.offset(image, -right, -down)


def _clear(cells: Floats, right: float, down: float) -> None:
    """Count no change where the other picture, moved by so many cells, shows nothing."""
    for grid, moved in ((cells.T, right), (cells, down)):
        edge = math.ceil(abs(moved))
        if edge:
            grid[-edge - 1 if moved > 0 else 0 : None if moved > 0 else edge] = 0


def _is_better(aligned: Difference, found: Difference) -> bool:
    halved = (aligned.cells > 0).mean() < (found.cells > 0).mean() / 2
    return bool(halved) and aligned.similarity > found.similarity


def _common(first: Image.Image, second: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return both in the smaller one's size, whichever comes first."""
    from PIL import Image

    smaller = min(first.size, second.size)
    scale = min(1.0, COMMON_PX / max(smaller))
    size = (max(1, round(smaller[0] * scale)), max(1, round(smaller[1] * scale)))
    how = Image.Resampling.BOX
    one, two = (
        image if image.size == size else image.resize(size, how, reducing_gap=2.0)
        for image in (first, second)
    )
    return one, two


def _luma(image: Image.Image) -> Levels:
    """Return luma averaged over nine pixels, which takes most of JPEG's ripples."""
    import numpy as np
    from PIL import ImageFilter

    return np.asarray(image.convert("L").filter(ImageFilter.BoxBlur(1)), dtype=np.int16)


def _color(image: Image.Image, channel: str) -> Levels:
    import numpy as np

    plane = image.convert("YCbCr").getchannel(channel)
    return np.asarray(plane.reduce(COLOR_PX), dtype=np.int16)


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
