"""Counting by tiles: a picture is cut into squares, and each square costs the same.

Rules are values; called with a width, a height (both in pixels) and a level of detail they give
whole tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from vlm_notebook.models.patches import up


@dataclass(frozen=True, slots=True)
class Flat:
    """The same tokens for every picture; some levels of detail may have their own.

    >>> Flat(1120, {"low": 280})(640, 480, "low")
    280
    """

    tokens: int
    levels: dict[str, int] = field(default_factory=dict, hash=False)

    def __call__(self, _width: int, _height: int, detail: str) -> int:
        """Return the tokens of a picture."""
        return self.levels.get(detail, self.tokens)


@dataclass(frozen=True, slots=True)
class Tiles:
    """OpenAI's tiles of 512 px after fitting 2048 px, then a short side of 768 px.

    Attributes:
        base: tokens of every picture, all there are for `low`.
        tile: tokens of each tile.

    >>> Tiles(85, 170)(1920, 1080, "high")
    1105
    """

    base: int
    tile: int

    def __call__(self, width: int, height: int, detail: str) -> int:
        """Return the tokens of a picture."""
        if detail == "low":
            return self.base
        short, long = sorted((width, height))
        if short * _FIT_PX > _SHORT_PX * max(long, _FIT_PX):
            other = long * _SHORT_PX // short  # the guide rounds this side down
            return self.base + self.tile * up(_SHORT_PX, _TILE_PX) * up(other, _TILE_PX)
        most = max(long, _FIT_PX)
        across, down = (up(side * _FIT_PX, most * _TILE_PX) for side in (width, height))
        return self.base + self.tile * across * down


_FIT_PX, _SHORT_PX, _TILE_PX = 2048, 768, 512


@dataclass(frozen=True, slots=True)
class CropUnits:
    """Gemini 2's tiles: squares of two thirds of the short side, within 256 to 768 px.

    Attributes:
        tokens: of each tile, and of a picture that has no more than 384 px a side.
        floor: round the square's side down, as Google's guide does in words.
        overview: count the whole picture once more when it is cut.

    >>> CropUnits(258)(960, 540, "high")
    1548
    """

    tokens: int
    floor: bool = False
    overview: bool = False

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        if max(width, height) <= _SMALL_PX:
            return self.tokens
        unit = Fraction(2 * min(width, height), 3)
        unit = min(max(Fraction(math.floor(unit)) if self.floor else unit, _LEAST_PX), _MOST_PX)
        tiles = math.ceil(width / unit) * math.ceil(height / unit)
        return self.tokens * (tiles + (self.overview and tiles > 1))


_SMALL_PX = 384
_LEAST_PX, _MOST_PX = Fraction(256), Fraction(768)


@dataclass(frozen=True, slots=True)
class ClosestGrid:
    """InternVL's grid of tiles with the closest aspect ratio, plus the whole picture when cut.

    Among equally close grids the larger wins while the picture has more than half its pixels.

    >>> ClosestGrid(448, 256, 12)(640, 480, "high")
    3328
    """

    tile_px: int
    tokens: int
    most: int

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        aspect, best, closest = width / height, 1, math.inf
        for across, down in _grids(self.most):
            tiles, distance = across * down, abs(aspect - across / down)
            large = 2 * width * height > self.tile_px**2 * tiles
            if distance < closest or (distance == closest and large):
                best, closest = tiles, distance
        return self.tokens * (best + (best > 1))


@dataclass(frozen=True, slots=True)
class Canvas:
    """Llama's canvas of tiles: the one that needs least enlarging, else least shrinking.

    Attributes:
        tile_px: the side of a tile.
        tokens: of each tile.
        most: the most tiles of a canvas.
        overview: count the whole picture once more when it is cut, as Llama 4 does.

    >>> Canvas(560, 1601, 4)(1920, 1080, "high")
    6404
    """

    tile_px: int
    tokens: int
    most: int
    overview: bool = False

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        scales = [
            (min(Fraction(across, width), Fraction(down, height)) * self.tile_px, across * down)
            for across, down in _grids(self.most)
        ]
        enlarging = [scale for scale, _ in scales if scale >= 1]
        chosen = min(enlarging) if enlarging else max(scales)[0]
        tiles = min(tiles for scale, tiles in scales if scale == chosen)
        return self.tokens * (tiles + (self.overview and tiles > 1))


def _grids(most: int) -> list[tuple[int, int]]:
    """Return every (across, down) of at most so many tiles, the smallest grids first."""
    sides = range(1, most + 1)
    grids = [(across, down) for across in sides for down in sides if across * down <= most]
    return sorted(grids, key=lambda grid: grid[0] * grid[1])


@dataclass(frozen=True, slots=True)
class Splits:
    """SmolVLM's tiles: the long side becomes a fixed length, larger or smaller, then it is cut.

    Attributes:
        long_px: the length that the long side becomes.
        tile_px: the side of a tile.
        tokens: of each tile, and of the whole picture, which is always there as well.

    >>> Splits(2048, 512, 64)(640, 480, "high")
    832
    """

    long_px: int
    tile_px: int
    tokens: int

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        aspect = width / height  # in the processor's own floats
        short = int(self.long_px / aspect) if aspect >= 1 else int(self.long_px * aspect)
        short = max(1, short + short % 2)
        tiles = up(self.long_px, self.tile_px) * up(short, self.tile_px)
        return self.tokens * (tiles + 1)
