"""Limits: the largest picture that is kept, and what a larger one is shrunk to."""

from __future__ import annotations

import math
from dataclasses import dataclass

PATCH_PX = 32
"""The side of OpenAI's patches (OpenAI vision guide, November 2026)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest picture that a detail level keeps; aspect ratio is kept, nothing is enlarged.

    Attributes:
        long_px: longest side in pixels.
        short_px: shortest side in pixels, or None for no limit of its own.
        area_px: width times height, or None for no limit of its own.
        step_px: both sides become multiples of this, so that the model need not resize again.
    """

    long_px: int
    short_px: int | None = None
    area_px: int | None = None
    step_px: int = 1

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) in pixels that a picture of that size is shrunk to.

        >>> Limits(2048, 768).fit(4032, 3024)
        (1024, 768)
        >>> Limits(2048, 768).fit(100, 50)
        (100, 50)
        >>> Limits(4096, area_px=1280 * 28 * 28, step_px=28).fit(4032, 3024)
        (1148, 868)
        """
        scale = min(1.0, self.long_px / max(width, height))
        if self.short_px is not None:
            scale = min(scale, self.short_px / min(width, height))
        if self.area_px is not None:
            scale = min(scale, math.sqrt(self.area_px / (width * height)))
        if scale == 1.0:
            return width, height
        near, below = self._on_grid(width * scale, height * scale)
        grown = near[0] > width or near[1] > height
        return below if grown or not self._allows(*near) else near

    def _on_grid(self, width: float, height: float) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the grid's nearest crossing, and the one below.

        Where there is a limit for the shorter side, both are below: there a model counts tiles,
        and a side rounded up may begin one more.
        """
        step = self.step_px if min(width, height) >= self.step_px else 1
        below = _down(width / step) * step, _down(height / step) * step
        if self.short_px is not None:
            return below, below
        return (max(1, round(width / step)) * step, max(1, round(height / step)) * step), below

    def _allows(self, width: int, height: int) -> bool:
        return (
            max(width, height) <= self.long_px
            and (self.short_px is None or min(width, height) <= self.short_px)
            and (self.area_px is None or width * height <= self.area_px)
        )


def _down(value: float) -> int:
    """Round down, but not 767.9999 to 767, and not to nothing."""
    return max(1, int(value + 1e-6))


@dataclass(frozen=True, slots=True)
class PatchLimits(Limits):
    """What OpenAI's newer models keep: a longest side, then so many patches of 32 pixels.

    A picture with too many shrinks until whole patches along one side leave the other within
    them, by the guide's own rounding: what is prepared so is not resized again, and costs what
    the whole picture would.

    Attributes:
        patches: the most patches, or None: as many as there are.
    """

    step_px: int = PATCH_PX
    patches: int | None = None

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) in pixels that a picture of that size is shrunk to.

        >>> PatchLimits(2048, patches=2500).fit(4032, 3024)
        (1824, 1368)
        """
        width, height = _inside(width, height, self.long_px)
        if self.patches is None or count_patches(width, height) <= self.patches:
            return width, height
        return _within(width, height, self.patches)


def count_patches(width: int, height: int) -> int:
    """Return how many of OpenAI's patches a picture takes, the cut ones at its edges included.

    >>> count_patches(65, 32)
    3
    """
    return -(-width // PATCH_PX) * -(-height // PATCH_PX)


def _inside(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Fit both sides within one length, to the nearest whole pixel; enlarge nothing."""
    longest = max(width, height)
    if longest <= side_px:
        return width, height
    fitted = (max(1, (2 * side * side_px + longest) // (2 * longest)) for side in (width, height))
    return next(fitted), next(fitted)


def _within(width: int, height: int, patches: int) -> tuple[int, int]:
    """Shrink until a whole number of patches along one side keeps the other within the budget.

    The guide's square root, divided by the patch, is that of `width / height * patches`: its whole
    part needs no float. A part of 0 (one side below a patch) would leave no picture at all.
    """
    across = math.isqrt(width * patches // height)
    down = math.isqrt(height * patches // width)
    if not across or not down:
        return min(width, PATCH_PX * patches), min(height, PATCH_PX * patches)
    if across * height <= down * width:
        return PATCH_PX * across, max(1, PATCH_PX * across * height // width)
    return max(1, PATCH_PX * down * width // height), PATCH_PX * down
