"""The detail levels, and what each means in pixels for each family of models.

Where an endpoint knows `detail`, a picture is prepared to what that level keeps, so that nothing
travels that the model would throw away. Where the family ignores it (Qwen, InternVL, Gemma and
most models on vLLM), the levels are made real by resizing. The numbers are those of the providers'
vision guides and of the models' own processors, read in November 2026.
"""

from __future__ import annotations

import math
import re
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


LOW = Limits(512)
"""OpenAI's `low` looks at 512 x 512 pixels (OpenAI vision guide, November 2026)."""

HIGH = Limits(2048, 768)
"""OpenAI's tile models fit `high` in 2048 x 2048, then the short side to 768 (same guide)."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models sees.

    Attributes:
        name: the family's name.
        pattern: a regular expression that its models' ids match, in lower case.
        low: what `low` keeps.
        high: what `high` keeps.
        auto: what `auto` keeps.
        cell_px: the side of the tiles or patches that the model cuts a picture into, or None.
        cell: what such a piece is called.
        knows_detail: whether the endpoint acts on `detail` itself.
    """

    name: str
    pattern: str
    low: Limits = LOW
    high: Limits = HIGH
    auto: Limits = HIGH
    cell_px: int | None = None
    cell: Literal["tile", "patch"] = "patch"
    knows_detail: bool = False

    def limits(self, detail: Detail) -> Limits:
        """Return what a level keeps."""
        return {"low": self.low, "high": self.high, "auto": self.auto}[detail]


def _qwen(name: str, pattern: str, cell_px: int) -> Family:
    """Make a family of the Qwen kind: tokens are area over cell area, hosts cap them."""
    low, auto, high = (
        Limits(8192, area_px=tokens * cell_px**2, step_px=cell_px) for tokens in (256, 1280, 2560)
    )
    return Family(name, pattern, low, high, auto, cell_px)


EMBEDDED_HIGH = Limits(2048)
"""The embedded reader works on up to about 2,000 pixels a side; more only costs time."""

_WIDE = Limits(2048)

FAMILIES = (
    Family("embedded reader", r"^embedded$", LOW, EMBEDDED_HIGH, EMBEDDED_HIGH),
    Family(
        "OpenAI patches",
        r"gpt-4\.1-(mini|nano)|o4-mini|gpt-5(\.\d)?-(mini|nano)|gpt-5\.[2-9]",
        LOW,
        _WIDE,
        _WIDE,
        32,
        knows_detail=True,
    ),
    Family(
        "OpenAI tiles",
        r"gpt-4|gpt-5|chatgpt|(^|/)o[13]\b",
        cell_px=512,
        cell="tile",
        knows_detail=True,
    ),
    _qwen("Qwen3-VL", r"qwen3[\w.-]*vl|qwen3\.\d", 32),
    _qwen("Qwen-VL", r"qwen[\w.-]*vl|qvq|qwen-vl", 28),
    Family("Claude", r"claude", LOW, Limits(1568), Limits(1568), 28),
    Family("Gemini", r"gemini", LOW, _WIDE, _WIDE),
    Family("InternVL", r"internvl", Limits(448), Limits(1792), Limits(1344), 448, "tile"),
    Family("Pixtral", r"pixtral", LOW, Limits(1024), Limits(1024), 16),
    Family("Gemma", r"gemma", LOW, Limits(896), Limits(896)),
    Family("GLM-V", r"glm-[\d.]+v", LOW, _WIDE, Limits(1536), 28),
)

UNKNOWN = Family("unknown", "")


def family(model: str | None) -> Family:
    """Return the family of a model by its id; `UNKNOWN` when nothing is known of it.

    >>> family("qwen/qwen2.5-vl-72b-instruct").name
    'Qwen-VL'
    """
    name = (model or "").lower()
    matching = (known for known in FAMILIES if name and re.search(known.pattern, name))
    return next(matching, UNKNOWN)


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
    return family(model).limits(detail)
