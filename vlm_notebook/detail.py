"""The detail levels, and what each means in pixels for each family of models.

Where an endpoint knows `detail`, a picture is prepared to what that level keeps, so that nothing
travels that the model would throw away. Where the family ignores it (Qwen, InternVL, Gemma and
most models on vLLM), the levels are made real by resizing. The numbers are those of the providers'
vision guides and of the models' own processors, read in November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, get_args

from vlm_notebook.errors import ModelError
from vlm_notebook.limits import PATCH_PX, Limits, PatchLimits

Detail = Literal["low", "high", "auto", "original"]

ALL_LEVELS: tuple[Detail, ...] = get_args(Detail)
LEVELS = ALL_LEVELS[:3]
"""Those that every model has; `original` is of the families that say what it keeps."""

EMBEDDED = "embedded"
"""The model id of the embedded model."""


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
        original: what `original` keeps, or None: the family has no such level.
    """

    name: str
    pattern: str
    low: Limits = LOW
    high: Limits = HIGH
    auto: Limits = HIGH
    cell_px: int | None = None
    cell: Literal["tile", "patch"] = "patch"
    knows_detail: bool = False
    original: Limits | None = None

    @property
    def levels(self) -> tuple[Detail, ...]:
        """The levels that the family has."""
        return ALL_LEVELS if self.original else LEVELS

    def limits(self, detail: Detail) -> Limits:
        """Return what a level keeps; `original` is `high` where there is none."""
        original = self.original or self.high
        return {"low": self.low, "high": self.high, "auto": self.auto, "original": original}[detail]


def _qwen(name: str, pattern: str, cell_px: int) -> Family:
    """Make a family of the Qwen kind: tokens are area over cell area, hosts cap them."""
    low, auto, high = (
        Limits(8192, area_px=tokens * cell_px**2, step_px=cell_px) for tokens in (256, 1280, 2560)
    )
    return Family(name, pattern, low, high, auto, cell_px)


def _openai(version: str, original: Limits) -> Family:
    """Make a family of OpenAI's that has `original`.

    What these endpoints do at `low` and `auto` may cost more than `high` (gpt-5.4's `low` keeps
    6,144 patches, gpt-5.5's `auto` 10,000): the levels are made what their names say by resizing.
    """
    name, pattern, low = f"OpenAI gpt-{version}", rf"gpt-{re.escape(version)}", PatchLimits(512)
    seen = Family(name, pattern, low, _BUDGET, _BUDGET, PATCH_PX, knows_detail=True)
    return replace(seen, original=original)


_BUDGET = PatchLimits(2048, patches=2500)
_ORIGINAL = PatchLimits(6000, patches=10_000)
_BOUNDLESS = PatchLimits(65_535)
"""OpenAI's guide bounds `original` on gpt-5.4 and gpt-5.5, and not on gpt-5.6."""

EMBEDDED_HIGH = Limits(2048)
"""The embedded reader works on up to about 2,000 pixels a side; more only costs time."""

_WIDE = Limits(2048)

FAMILIES = (
    Family("embedded reader", r"^embedded$", LOW, EMBEDDED_HIGH, EMBEDDED_HIGH),
    _openai("5.4", _ORIGINAL),
    _openai("5.5", _ORIGINAL),
    _openai("5.6", _BOUNDLESS),
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


def levels_of(model: str | None) -> tuple[Detail, ...]:
    """Return the levels of detail that a model has.

    >>> levels_of("gpt-5.4")
    ('low', 'high', 'auto', 'original')
    >>> levels_of("gpt-4o")
    ('low', 'high', 'auto')
    """
    return family(model).levels


def check(detail: str, model: str | None = None) -> Detail:
    """Return `detail` when it is a level that the model has (None: that every model has).

    Raises:
        ModelError: it is not one of low, high, auto, nor original where the model has that.

    >>> check("low")
    'low'
    """
    known = levels_of(model)
    if detail in known:
        return detail
    use = f"use one of {', '.join(known)}"
    if detail not in ALL_LEVELS:
        raise ModelError(f"detail {detail!r} is unknown: {use}")
    if model:
        raise ModelError(f"{model} has no detail {detail!r}: {use}")
    raise ModelError(f"detail {detail!r} is of a few models alone: name one of them, or {use}")


def kept(detail: Detail, model: str | None) -> Detail:
    """Return a level chosen for another model: "high" where this one has no "original".

    >>> kept("original", "gpt-4o"), kept("low", "gpt-4o")
    ('high', 'low')
    """
    return detail if detail in levels_of(model) else "high"


def chosen(detail: str | None, usual: Detail, model: str) -> Detail:
    """Return a call's own level, or the client's usual one, which may be of another model.

    Raises:
        ModelError: it is no level, or its own is none that the model has.
    """
    return check(detail, model) if detail else usual if usual in ALL_LEVELS else check(usual)


def limits(detail: Detail, model: str | None = None) -> Limits:
    """Return what `detail` keeps of a picture for `model` (None: a model nothing is known of).

    >>> limits("low").fit(4032, 3024)
    (512, 384)
    >>> limits("high", "embedded").fit(4032, 3024)
    (2048, 1536)
    """
    return family(model).limits(detail)
