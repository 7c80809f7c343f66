"""Traits: what a picture's pixels, border and tiles are like, the evidence for its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.offline.tiles import TILE_PX, Tiles, cut, tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LONG_PX = 1000
"""Pictures are reduced by a whole number to about this: flat areas stay exactly flat."""

STEP = 4
"""Levels of 255 between neighbours that make an edge: JPEG leaves less in flat areas."""

FULL = 0.97
"""A straight edge this long, as a share of the side, runs from border to border."""

LONG = 0.3
"""A straight edge this long is an axis, a panel or a rule, hardly chance."""

NEAR = 14
"""Levels of 255 around a colour that JPEG and a soft shadow keep to."""

STRONG_CHROMA = 50
"""Levels between the largest and smallest channel that make a colour strong."""

BLOCK_PX = 8
"""The side of JPEG's blocks."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Evidence for the kind of a picture; all but the counts of lines are 0 to 1.

    Attributes:
        equal: neighbours that are exactly equal.
        saturated: pixels of a strong colour.
        chroma: colourfulness of the middle tile.
        border: the border's pixels that have its commonest colour.
        border_light: lightness of that colour.
        border_chroma: colourfulness of that colour.
        full_lines: straight edges that run from border to border.
        level_lines: long level edges that end inside.
        plumb_lines: long upright edges that end inside.
        text: tiles that look like text.
        text_dark: text tiles that are dark on light.
        odd: tiles that are neither blank nor text.
        grain: busy tiles in which hardly two neighbours are equal, as in photographs.
        paper: lightness of the middle tile's brightest parts.
        jump: how much that changes between neighbours (90th percentile).
        seams: neighbours that differ across the edges of JPEG's blocks, less those inside.
    """

    equal: float
    saturated: float
    chroma: float
    border: float
    border_light: float
    border_chroma: float
    full_lines: int
    level_lines: int
    plumb_lines: int
    text: float
    text_dark: float
    odd: float
    grain: float
    paper: float
    jump: float
    seams: float


def measure(image: Image.Image) -> Traits:
    """Return the traits of an RGB picture of any size.

    >>> from PIL import Image
    >>> measure(Image.new("RGB", (640, 480), "white")).equal
    1.0
    """
    import numpy as np

    seams = _seams(np.asarray(image))
    image = image.reduce(max(1, -(-max(image.size) // LONG_PX)))
    rgb = _at_least_a_tile(np.asarray(image))
    across, down = _steps(rgb, axis=1), _steps(rgb, axis=0)
    step = np.maximum(across, down)
    spread = rgb.max(axis=2) - rgb.min(axis=2)
    tiles = tell(_grey(rgb), step)
    border, light, chroma = _border(rgb)
    full, level, plumb = _lines(across, down)
    return Traits(
        equal=float((step == 0).mean()),
        saturated=float((spread > STRONG_CHROMA).mean()),
        chroma=float(np.median(cut(spread).mean(axis=2))) / 255,
        border=border,
        border_light=light,
        border_chroma=chroma,
        full_lines=full,
        level_lines=level,
        plumb_lines=plumb,
        text=float(tiles.text.mean()),
        text_dark=_share(tiles.dark & tiles.text, tiles.text),
        odd=float((~tiles.text & ~tiles.blank).mean()),
        grain=_share(tiles.grain, tiles.busy),
        paper=float(np.median(tiles.paper)),
        jump=_jump(tiles),
        seams=seams,
    )


def _seams(rgb: Bytes) -> float:
    """Return by how much more neighbours differ across the edges of JPEG's blocks than inside."""
    differ = (rgb[:, 1:] != rgb[:, :-1]).any(axis=2)
    edges = differ[:, BLOCK_PX - 1 :: BLOCK_PX]
    if not edges.size:
        return 0.0
    inside = (differ.sum() - edges.sum()) / max(1, differ.size - edges.size)
    return max(0.0, float(edges.mean() - inside))


def _at_least_a_tile(rgb: Bytes) -> Bytes:
    import numpy as np

    height, width = (max(0, TILE_PX - side) for side in rgb.shape[:2])
    return np.pad(rgb, ((0, height), (0, width), (0, 0)), mode="edge")


def _steps(rgb: Bytes, axis: int) -> Bytes:
    """Return the largest channel's difference to the next pixel; the last one's is 0."""
    import numpy as np

    first, second = np.delete(rgb, -1, axis), np.delete(rgb, 0, axis)
    away = (np.maximum(first, second) - np.minimum(first, second)).max(axis=2)
    return np.pad(away, [(0, int(axis == side)) for side in (0, 1)])


def _grey(rgb: Bytes) -> Bytes:
    """Return luma (ITU-R BT.601) as Pillow computes it."""
    import numpy as np

    weights = np.array([19595, 38470, 7471], dtype=np.uint32)
    total = sum(rgb[..., i] * weights[i] for i in range(3))
    return np.asarray((total + 0x8000) >> 16, dtype=np.uint8)


def _border(rgb: Bytes) -> tuple[float, float, float]:
    """Return the share, lightness and colourfulness of the border's commonest colour."""
    import numpy as np

    thick = max(2, round(min(rgb.shape[:2]) * 0.015))
    sides = (rgb[:thick], rgb[-thick:], rgb[:, :thick], rgb[:, -thick:])
    ring = np.concatenate([side.reshape(-1, 3) for side in sides]).astype(np.int32)
    codes = (ring >> 3) @ np.array([1024, 32, 1])
    code = int(np.bincount(codes).argmax())
    color = np.array([code >> 10, (code >> 5) & 31, code & 31]) * 8 + 4
    near = np.abs(ring - color).max(axis=1) <= NEAR
    light = float(color @ np.array([0.299, 0.587, 0.114])) / 255
    return float(near.mean()), light, float(color.max() - color.min()) / 255


def _lines(across: Bytes, down: Bytes) -> tuple[int, int, int]:
    """Return how many straight edges run right through, and how many level and upright end."""
    level, plumb = _longest(down > STEP), _longest((across > STEP).T)
    full = int((level > FULL).sum() + (plumb > FULL).sum())
    inside = [int(((edge > LONG) & (edge <= FULL)).sum()) for edge in (level, plumb)]
    return full, inside[0], inside[1]


def _longest(edges: Mask) -> Floats:
    """Return each row's longest run, as a share of its length."""
    import numpy as np

    count = np.cumsum(edges, axis=1, dtype=np.int32)
    before = np.maximum.accumulate(np.where(edges, 0, count), axis=1)
    return np.asarray((count - before).max(axis=1) / edges.shape[1])


def _share(part: Mask, whole: Mask) -> float:
    return float(part.sum() / max(1, whole.sum()))


def _jump(tiles: Tiles) -> float:
    import numpy as np

    away = np.abs(np.diff(tiles.paper, axis=1))
    return float(np.percentile(away, 90)) if away.size else 0.0
