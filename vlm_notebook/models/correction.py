"""What an endpoint bills against what was predicted: a factor learned from its own usage."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction

KEPT = 20
"""So many of the latest calls count: an endpoint that changes its ways is followed."""

NEEDED = 3
"""Fewer calls than this change nothing: one long system message is no pattern."""

LEAST, MOST = Fraction(1, 4), Fraction(4)
"""A factor beyond these would be a wrong rule, not an endpoint's habit."""


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """The ratios of billed to predicted tokens at one endpoint with one model.

    Attributes:
        ratios: of the latest calls, the latest last; at most `KEPT`.

    >>> learned = Correction().fed(1000, 1100).fed(1222, 1344).fed(500, 550)
    >>> learned, learned.applied(1222)
    (Correction(x1.10 after 3 calls), 1344)
    """

    ratios: tuple[Fraction, ...] = ()

    def __repr__(self) -> str:
        calls = f"{len(self.ratios)} call{'' if len(self.ratios) == 1 else 's'}"
        return f"Correction(x{float(self.factor):.2f} after {calls})"

    def fed(self, predicted: int, billed: int) -> Correction:
        """Return the correction with one more call; one without tokens teaches nothing."""
        if predicted <= 0 or billed <= 0:
            return self
        return Correction((*self.ratios, Fraction(billed, predicted))[-KEPT:])

    @property
    def factor(self) -> Fraction:
        """The median ratio within `LEAST` and `MOST`; 1 before `NEEDED` calls."""
        if len(self.ratios) < NEEDED:
            return Fraction(1)
        return min(max(statistics.median(self.ratios), LEAST), MOST)

    def applied(self, tokens: int) -> int:
        """Return predicted tokens as this endpoint is likely to bill them."""
        return round(tokens * self.factor)


def compared(predicted: int, billed: int) -> str:
    """Return both counts in words.

    >>> compared(1222, 1236)
    '1,222 predicted, 1,236 billed'
    """
    return f"{predicted:,} predicted, {billed:,} billed"
