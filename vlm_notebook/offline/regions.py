"""Regions: where in a picture something changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vlm_notebook.offline.word import Box

    Floats = NDArray[np.float32]
    Mask = NDArray[np.bool_]

MAX_REGIONS = 6
"""More places than six are a list nobody reads."""

REACH = 2
"""Changed cells that are this far apart or nearer belong together."""

Part = Literal[
    "top left", "top right", "bottom left", "bottom right", "left", "right", "top", "bottom",
    "centre",
]  # fmt: skip
"""The parts of a picture people speak of, corners before sides."""

PLACES = (
    ("top left", "top", "top right"),
    ("left", "centre", "right"),
    ("bottom left", "bottom", "bottom right"),
)


@dataclass(frozen=True, slots=True)
class Region:
    """A place that changed.

    Attributes:
        box: left, top, right, bottom in pixels of the first picture.
        place: one of `PLACES`, by the ninth that the box's middle lies in.
        strength: mean difference of the changed cells, 0 to 1 (black to white).
    """

    box: Box
    place: str
    strength: float


def place(box: Box, width: int, height: int) -> str:
    """Return which ninth of a picture (width and height in pixels) a box's middle lies in.

    >>> place((0, 0, 10, 10), 100, 100), place((45, 80, 55, 99), 100, 100)
    ('top left', 'bottom')
    """
    column = min(2, 3 * (box[0] + box[2]) // (2 * width))
    row = min(2, 3 * (box[1] + box[3]) // (2 * height))
    return PLACES[row][column]


def find(cells: Floats, size: tuple[int, int], cell_px: tuple[float, float]) -> tuple[Region, ...]:
    """Return the regions of a grid of differences (rows x columns; 0 is no change).

    Args:
        cells: strength of each cell's change, 0 to 1.
        size: (width, height) of the first picture in pixels.
        cell_px: (width, height) of a cell in the first picture's pixels.
    """
    boxes = _merged([_bounds(group) for group in _groups(cells > 0)])
    boxes.sort(key=lambda b: (-(b[2] - b[0]) * (b[3] - b[1]), b))
    return tuple(_region(cells, box, size, cell_px) for box in boxes[:MAX_REGIONS])


def _region(
    cells: Floats, grid: Box, size: tuple[int, int], cell_px: tuple[float, float]
) -> Region:
    import numpy as np

    left, top, right, bottom = grid
    inside = cells[top:bottom, left:right]
    box = (
        min(int(left * cell_px[0]), size[0] - 1),
        min(int(top * cell_px[1]), size[1] - 1),
        min(int(np.ceil(right * cell_px[0])), size[0]),
        min(int(np.ceil(bottom * cell_px[1])), size[1]),
    )
    return Region(box, place(box, *size), round(float(inside[inside > 0].mean()), 4))


def _groups(mask: Mask) -> list[list[tuple[int, int]]]:
    """Return the changed cells (row, column) in groups within reach of each other."""
    left = {(int(row), int(column)) for row, column in zip(*mask.nonzero(), strict=True)}
    reach = range(-REACH, REACH + 1)
    groups = []
    for start in sorted(left):
        if start not in left:
            continue
        left.remove(start)
        group = [start]
        for row, column in group:
            near = {(row + y, column + x) for y in reach for x in reach} & left
            left -= near
            group += sorted(near)
        groups.append(group)
    return groups


def _bounds(group: list[tuple[int, int]]) -> Box:
    rows, columns = zip(*group, strict=True)
    return min(columns), min(rows), max(columns) + 1, max(rows) + 1


def _merged(boxes: list[Box]) -> list[Box]:
    """Return boxes that do not overlap: those that do are replaced by what holds both."""
    apart: list[Box] = []
    for box in boxes:
        grown = box
        while hit := next((other for other in apart if _overlap(grown, other)), None):
            apart.remove(hit)
            grown = (
                min(grown[0], hit[0]),
                min(grown[1], hit[1]),
                max(grown[2], hit[2]),
                max(grown[3], hit[3]),
            )
        apart.append(grown)
    return apart


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
