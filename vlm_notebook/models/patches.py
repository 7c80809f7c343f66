"""Counting by patches: a picture is resized to a rule's limits, and each cell of it is a token.

Rules are values; called with a width, a height (both in pixels) and a level of detail they give
whole tokens. Where a model's own code computes in floats, so do these, step by step; elsewhere
they count in whole numbers, so that no rounding error adds a row of patches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

from vlm_notebook.errors import ModelError
from vlm_notebook.limits import PatchLimits, count_patches


def up(value: int, step: int) -> int:
    """Divide and round up.

    >>> up(65, 32)
    3
    """
    return -(-value // step)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The longest side in pixels, and the most patches (None: as many as there are)."""

    side_px: int
    patches: int | None = None


@dataclass(frozen=True, slots=True)
class Patches:
    """OpenAI's patches of 32 px, within a side and a budget, times the model's multiplier.

    Attributes:
        multiplier: tokens a patch.
        levels: the bounds of each level of detail, of "high" at least, which stands in for others.

    >>> Patches(Fraction("1.2"), {"high": Bounds(2048, 2500)})(2048, 2048, "high")
    3000
    """

    multiplier: Fraction
    levels: dict[str, Bounds] = field(hash=False)

    def __call__(self, width: int, height: int, detail: str) -> int:
        """Return the tokens of a picture."""
        bounds = self.levels.get(detail, self.levels["high"])
        fitted = PatchLimits(bounds.side_px, patches=bounds.patches).fit(width, height)
        return math.ceil(count_patches(*fitted) * self.multiplier)


@dataclass(frozen=True, slots=True)
class Cells:
    """Claude's cells of 28 px, after the largest resize within a side and a number of tokens.

    >>> Cells(1568, 1568)(1920, 1080, "high")
    1560
    """

    side_px: int
    tokens: int

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        whole = up(width, _CELL_PX), up(height, _CELL_PX)
        if self._allows(*whole):
            return whole[0] * whole[1]
        wide, high = self._largest(width, height), self._largest(height, width)
        _, cells = max((Fraction(wide[0], width), wide), (Fraction(high[0], height), high))
        return cells[0] * cells[1]

    def _largest(self, side: int, other: int) -> tuple[int, int]:
        """Return the most whole cells along a side that leave both sides allowed."""
        whole = range(min(self.side_px, side) // _CELL_PX, 0, -1)
        fitting = ((cells, up(other * cells, side)) for cells in whole)
        return next((pair for pair in fitting if self._allows(*pair)), (0, 0))

    def _allows(self, across: int, down: int) -> bool:
        limit = self.side_px // _CELL_PX
        return max(across, down) <= limit and across * down <= self.tokens


_CELL_PX = 28


@dataclass(frozen=True, slots=True)
class SmartResize:
    """Qwen's resize to whole cells between a least and a most number of them, in its own floats.

    Attributes:
        cell_px: the side of a cell, which is a token.
        least: the fewest cells; a smaller picture is enlarged.
        most: the most cells; a larger picture is shrunk.
        kept: whether a side below half a cell counts as one before the area is looked at, as in
            qwen-vl-utils; the processors of transformers let it round to none.

    >>> SmartResize(28, 4, 1280)(1920, 1080, "auto")
    1222
    """

    cell_px: int
    least: int
    most: int
    kept: bool = False

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture.

        Raises:
            ModelError: one side is over 200 times the other: the model refuses such a picture.
        """
        if max(width, height) > _STEEPEST * min(width, height):
            raise ModelError(
                f"a picture of {width}x{height} is over {_STEEPEST} times as long as wide, which "
                "this model refuses: crop it"
            )
        sides = round(width / self.cell_px), round(height / self.cell_px)
        if self.kept:
            sides = max(1, sides[0]), max(1, sides[1])
        if sides[0] * sides[1] > self.most:
            shrink = math.sqrt(width * height / (self.most * self.cell_px**2))
            sides = self._floor(width / shrink), self._floor(height / shrink)
        elif sides[0] * sides[1] < self.least:
            grow = math.sqrt(self.least * self.cell_px**2 / (width * height))
            sides = self._ceil(width * grow), self._ceil(height * grow)
        return sides[0] * sides[1]

    def _floor(self, side: float) -> int:
        return max(1, math.floor(side / self.cell_px))

    def _ceil(self, side: float) -> int:
        return math.ceil(side / self.cell_px)


_STEEPEST = 200


@dataclass(frozen=True, slots=True)
class WidenedResize:
    """GLM's resize: as Qwen's, but a side below a cell is first enlarged to one.

    >>> WidenedResize(SmartResize(28, 8, 7500))(1920, 1080, "high")
    2691
    """

    resize: SmartResize

    def __call__(self, width: int, height: int, detail: str) -> int:
        """Return the tokens of a picture.

        Raises:
            ModelError: as for `SmartResize`.
        """
        cell = self.resize.cell_px
        if min(width, height) < cell:
            grow = max(cell / height, cell / width)
            width, height = int(width * grow), int(height * grow)
        return self.resize(width, height, detail)


@dataclass(frozen=True, slots=True)
class Rows:
    """Pixtral's rows of cells, each row with a token that ends it.

    Attributes:
        side_px: the longest side; larger pictures are shrunk.
        cell_px: the side of a cell.
        floor: round shrunk sides down, as transformers does; mistral-common rounds to the nearest.

    >>> Rows(1024, 16)(1920, 1080, "high")
    2340
    """

    side_px: int
    cell_px: int
    floor: bool = False

    def __call__(self, width: int, height: int, _detail: str) -> int:
        """Return the tokens of a picture."""
        ratio = max(height / self.side_px, width / self.side_px)
        if ratio > 1:
            width, height = (self._shrunk(side / ratio) for side in (width, height))
        return (up(width, self.cell_px) + 1) * up(height, self.cell_px)

    def _shrunk(self, side: float) -> int:
        return max(1, math.floor(side) if self.floor else round(side))
