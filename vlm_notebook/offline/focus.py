"""Focus: how sharp a picture's strongest edges are, whatever its size and contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float32]

VIEW_PX = 768
"""Sharpness is what is seen when the longest side is shrunk to this; nothing is enlarged."""

TILE_PX = 32
"""Large enough to hold an edge with both its flanks, small enough for one thing in focus."""

FAINT = 0.004
"""Gradients under one level of 255 are no edges to judge by."""

BLURRED, SHARP = 0.05, 1.0
"""Ratios of curvature to slope that count as 0 and 1: set by eye on photographs blurred by
Gaussians of 0 to 4 pixels."""


def sharpness(image: Image.Image) -> float:
    """Return 0 (blurred) to 1 (sharp); photographs in focus are above 0.5, blurred under 0.3.

    The ratio of second to first differences at an edge falls with the edge's width and does
    not depend on its height. It is taken in the tiles with the strongest edges, so that a
    blurred background does not count. A picture without any edge is not blurred: 1.

    >>> from PIL import Image
    >>> sharpness(Image.new("L", (64, 64)))
    1.0
    """
    import numpy as np

    view = image.convert("L")
    view.thumbnail((VIEW_PX, VIEW_PX), reducing_gap=2.0)
    slope, curve = _energies(_smooth(np.asarray(view, dtype=np.float32) / np.float32(255)))
    strong = slope >= max(FAINT, 0.5 * float(np.percentile(slope, 95)))
    if not strong.any():
        return 1.0
    ratio = float(np.median(curve[strong] / slope[strong]))
    return min(1.0, max(0.0, (ratio - BLURRED) / (SHARP - BLURRED)))


def _smooth(grey: Floats) -> Floats:
    """Return `grey` after a 1-2-1 filter both ways, which takes most of a camera's noise."""
    import numpy as np

    padded = np.pad(grey, 1, mode="edge")
    rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4, dtype=np.float32)


def _energies(grey: Floats) -> tuple[Floats, Floats]:
    """Return each tile's root mean square of first and second differences."""
    import numpy as np

    padded = np.pad(grey, 1, mode="edge")
    middle = padded[1:-1, 1:-1]
    across, down = padded[1:-1, 2:] - middle, padded[2:, 1:-1] - middle
    back, up = middle - padded[1:-1, :-2], middle - padded[:-2, 1:-1]
    return _rms(across, down), _rms(across - back, down - up)


def _rms(first: Floats, second: Floats) -> Floats:
    """Return the root mean square of two planes together, tile by tile (rows x columns)."""
    import numpy as np

    square = first**2 + second**2
    height, width = (-(-side // TILE_PX) * TILE_PX for side in square.shape)
    square = np.pad(square, ((0, height - square.shape[0]), (0, width - square.shape[1])))
    tiles = square.reshape(height // TILE_PX, TILE_PX, width // TILE_PX, TILE_PX)
    return np.asarray(np.sqrt(tiles.mean(axis=(1, 3))))
