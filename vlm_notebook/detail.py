"""The detail levels and what each means in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vlm_notebook.errors import ModelError

Detail = Literal["low", "high", "auto"]

LEVELS: tuple[Detail, ...] = get_args(Detail)
EMBEDDED = "embedded"
"""The model id of the embedded model."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest picture that a detail level keeps; aspect ratio is kept, nothing is enlarged.

    Attributes:
        long_px: longest side in pixels.
        short_px: shortest side in pixels, or None for no limit of its own.
    """

    long_px: int
    short_px: int | None = None

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """Return the (width, height) in pixels that a picture of that size is shrunk to.

        >>> Limits(2048, 768).fit(4032, 3024)
        (1024, 768)
        >>> Limits(2048, 768).fit(100, 50)
        (100, 50)
        """
        scale = min(1.0, self.long_px / max(width, height))
        if self.short_px is not None:
            scale = min(scale, self.short_px / min(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))


LOW = Limits(512)
"""OpenAI's `low` looks at 512 x 512 pixels (OpenAI vision guide, November 2026)."""

HIGH = Limits(2048, 768)
"""OpenAI's tile models fit `high` in 2048 x 2048, then the short side to 768 (same guide)."""

EMBEDDED_HIGH = Limits(2048)
"""The embedded reader works on up to about 2,000 pixels a side; more only costs time."""


def check(detail: str) -> Detail:
    """Return `detail` when it is a level.

    Raises:
        ModelError: it is not one of low, high, auto.

    >>> check("low")
    'low'
    """
    if detail in LEVELS:
        return detail
    raise ModelError(f"detail {detail!r} is unknown: use one of {', '.join(LEVELS)}")


def limits(detail: Detail, model: str | None = None) -> Limits:
    """Return what `detail` keeps of a picture for `model` (None: a model nothing is known of).

    >>> limits("low").fit(4032, 3024)
    (512, 384)
    >>> limits("high", "embedded").fit(4032, 3024)
    (2048, 1536)
    """
    if detail == "low":
        return LOW
    return EMBEDDED_HIGH if model == EMBEDDED else HIGH
