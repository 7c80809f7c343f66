"""What a picture costs in tokens, family by family: rules as data, each with source and date.

The numbers are those of the providers' guides and of the models' own processors. A family also
lists other readings of its rule that are met with (a host's own cap, another library's rounding):
they make the range of an estimate, never its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from vlm_notebook.models.patches import Bounds, Cells, Patches, Rows, SmartResize, WidenedResize
from vlm_notebook.models.tiles import Canvas, ClosestGrid, CropUnits, Flat, Splits, Tiles

Rule = Callable[[int, int, str], int]
"""Takes a width and a height in pixels and a level of detail, and gives whole tokens."""

Confidence = Literal["documented", "derived", "guess"]

NOVEMBER = "2026-11"


@dataclass(frozen=True, slots=True, repr=False)
class TokenRule:
    """How a family of models counts a picture.

    Attributes:
        name: the family's name.
        pattern: what its models' ids match: a regular expression, in lower case.
        rule: (width, height, detail) in pixels -> tokens.
        source: where the rule was read.
        date: when, as year and month.
        confidence: "documented" by its maker, "derived" from a close relative, or a "guess".
        enclosing: tokens that stand around each picture, billed beside the rule's own.
        also: other readings of the rule, for the range of an estimate.
    """

    name: str
    pattern: str
    rule: Rule
    source: str
    date: str = NOVEMBER
    confidence: Confidence = "documented"
    enclosing: int = 0
    also: tuple[Rule, ...] = ()

    def __repr__(self) -> str:
        return f"TokenRule({self.name}, {self.confidence}, {self.date})"

    def matches(self, key: str) -> bool:
        """Tell whether a model's key, as `keys_of` makes it, belongs to the family."""
        return re.search(self.pattern, key) is not None


def keys_of(model: str) -> list[str]:
    """Return what a model's id may name the model by: the parts of its path, the last one first.

    In lower case, with dots in versions, without a mark of fine-tuning.

    >>> keys_of("accounts/fireworks/models/Qwen2p5-VL-32B-Instruct")[0]
    'qwen2.5-vl-32b-instruct'
    """
    parts = re.sub(r"(?<=\d)p(?=\d)", ".", model.strip().lower()).replace("_", "-").split("/")
    return [part for part in reversed(parts) if part]


OPENAI = "https://developers.openai.com/api/docs/guides/images-vision"
CLAUDE = "https://platform.claude.com/docs/en/build-with-claude/vision"
GEMINI = "https://ai.google.dev/gemini-api/docs/media-resolution"
GEMINI_TILES = "https://ai.google.dev/gemini-api/docs/image-understanding"
QWEN = "https://github.com/QwenLM/Qwen3-VL/tree/main/qwen-vl-utils"
INTERNVL = "https://internvl.readthedocs.io/en/latest/internvl3.0/quick_start.html"
MISTRAL = "https://github.com/mistralai/mistral-common"
TRANSFORMERS = "https://github.com/huggingface/transformers/tree/main/src/transformers/models/"

_HIGH = Bounds(2048, 2500)
_ORIGINAL = Bounds(6000, 10_000)
_SMALL = Bounds(512)
_LEVEL = {"high": Bounds(2048, 6144)}
_OLD_LEVEL = {"high": Bounds(2048, 1536)}
_GPT_5 = Fraction("1.2")
_BOUNDLESS = Bounds(65_535)


def _openai(name: str, pattern: str, rule: Rule, *also: Rule) -> TokenRule:
    confidence: Confidence = "derived" if also else "documented"
    return TokenRule(f"OpenAI {name}", pattern, rule, OPENAI, confidence=confidence, also=also)


def _patches(multiplier: str, levels: dict[str, Bounds]) -> Patches:
    return Patches(Fraction(multiplier), levels)


def _qwen(name: str, pattern: str, cell_px: int) -> TokenRule:
    """Make a rule of the Qwen kind, which hosts cap at 1280 or 2560 tokens."""
    rule = SmartResize(cell_px, 4, 16_384)
    also = tuple(SmartResize(cell_px, 4, most) for most in (1280, 2560))
    kept = SmartResize(cell_px, 4, 16_384, kept=True)
    return TokenRule(name, pattern, rule, QWEN, enclosing=2, also=(*also, kept))


_GEMINI_2 = CropUnits(258)
_GEMINI_3 = Flat(1120, {"low": 280, "medium": 560})

_HIGH_CLAUDE = r"claude-(?:[a-z]+-)?(?:4[-.](?:[7-9]|[1-9]\d)(?!\d)|[5-9](?!\d)|[1-9]\d(?!\d))"
_PIXTRAL_ALSO = Rows(1024, 16, floor=True)
_MISTRAL_ALSO = Rows(1540, 28, floor=True)


@dataclass(frozen=True, slots=True)
class Scanned:
    """Gemini 2.5: few tokens for `low` and `medium`, else crops beside the whole picture."""

    crops: Rule

    def __call__(self, width: int, height: int, detail: str) -> int:
        """Return the tokens of a picture."""
        few = {"low": 64, "medium": 256}
        return few[detail] if detail in few else self.crops(width, height, detail)


RULES: tuple[TokenRule, ...] = (
    TokenRule(
        "embedded reader", r"^embedded$", Flat(0), "it looks at pictures and bills no tokens"
    ),
    _openai("tiles, gpt-4o-mini", r"(?<![a-z])gpt-4o-mini", Tiles(2833, 5667)),
    _openai("patches, gpt-4.1-mini", r"(?<![a-z])gpt-4\.1-mini", _patches("1.62", _LEVEL)),
    _openai(
        "patches, gpt-4.1-nano",
        r"(?<![a-z])gpt-4\.1-nano",
        _patches("2.46", _LEVEL),
        _patches("2.46", _OLD_LEVEL),
    ),
    _openai("patches, o4-mini", r"^(ft:)?o4-mini", _patches("1.72", _OLD_LEVEL)),
    _openai(
        "patches, gpt-5.6",
        r"(?<![a-z])gpt-5\.6",
        Patches(_GPT_5, {"low": _SMALL, "high": _HIGH, "original": _BOUNDLESS, "auto": _BOUNDLESS}),
    ),
    _openai(
        "patches, gpt-5.5",
        r"(?<![a-z])gpt-5\.5",
        Patches(_GPT_5, {"low": _SMALL, "high": _HIGH, "original": _ORIGINAL, "auto": _ORIGINAL}),
    ),
    _openai(
        "patches, gpt-5.4",
        r"(?<![a-z])gpt-5\.4",
        Patches(_GPT_5, {"low": _LEVEL["high"], "high": _HIGH, "original": _ORIGINAL}),
    ),
    _openai("patches, gpt-5.2", r"(?<![a-z])gpt-5\.[23]", Patches(_GPT_5, _LEVEL)),
    _openai(
        "patches, gpt-5-mini",
        r"(?<![a-z])gpt-5(\.1)?(-codex)?-mini",
        Patches(_GPT_5, _OLD_LEVEL),
        Patches(_GPT_5, _LEVEL),
    ),
    _openai(
        "patches, gpt-5-nano",
        r"(?<![a-z])gpt-5-nano",
        _patches("1.5", _OLD_LEVEL),
        _patches("1.5", _LEVEL),
    ),
    _openai("tiles, gpt-5", r"(?<![a-z])gpt-5(\.1)?(?![.\d])", Tiles(70, 140)),
    _openai(
        "tiles, gpt-4o", r"(?<![a-z])(chat)?gpt-4(o|\.1|\.5|-turbo|[\w-]*vision)", Tiles(85, 170)
    ),
    _openai("tiles, o1 and o3", r"^(ft:)?o[13](?!-mini|[\w.])", Tiles(75, 150)),
    TokenRule("Claude, high resolution", _HIGH_CLAUDE, Cells(2576, 4784), CLAUDE),
    TokenRule("Claude", r"claude", Cells(1568, 1568), CLAUDE),
    TokenRule(
        "Gemini 3",
        r"gemini-(?:[3-9]|[1-9]\d)",
        _GEMINI_3,
        GEMINI,
        also=(Flat(1120),),
    ),
    TokenRule(
        "Gemini 2.5",
        r"gemini-2\.5",
        Scanned(CropUnits(256)),
        GEMINI,
        confidence="derived",
        also=(Scanned(Flat(256)), Scanned(CropUnits(256, floor=True, overview=True))),
    ),
    TokenRule(
        "Gemini 2.0",
        r"gemini-(?:2|1\.5)",
        _GEMINI_2,
        GEMINI_TILES,
        also=(CropUnits(258, floor=True),),
    ),
    TokenRule(
        "Gemini", r"gemini", _GEMINI_3, GEMINI, confidence="guess", also=(_GEMINI_2, Flat(1120))
    ),
    _qwen("Qwen3-VL", r"qwen-?3[\w.-]*vl|qwen-?3\.\d", 32),
    _qwen("Qwen2-VL and Qwen2.5-VL", r"qwen-?2(\.?5)?[\w.-]*vl|qvq", 28),
    TokenRule(
        "Qwen-VL",
        r"qwen[\w.-]*vl",
        SmartResize(28, 4, 16_384),
        QWEN,
        confidence="derived",
        enclosing=2,
        also=tuple(SmartResize(cell, 4, 1280) for cell in (28, 32)),
    ),
    TokenRule("InternVL", r"internvl", ClosestGrid(448, 256, 12), INTERNVL, enclosing=2),
    TokenRule(
        "Llama 4", r"llama-?v?4", Canvas(336, 144, 16, overview=True), f"{TRANSFORMERS}llama4"
    ),
    TokenRule(
        "Llama 3.2 Vision",
        r"llama-?v?3\.2[\w.-]*(vision|11b|90b)|mllama",
        Canvas(560, 1601, 4),
        f"{TRANSFORMERS}mllama",
    ),
    TokenRule("Pixtral", r"pixtral", Rows(1024, 16), MISTRAL, also=(_PIXTRAL_ALSO,)),
    TokenRule(
        "Mistral Small",
        r"mistral-small-?(3\.[1-9]|2503|2506|latest)",
        Rows(1540, 28),
        MISTRAL,
        also=(_MISTRAL_ALSO,),
    ),
    TokenRule(
        "Mistral",
        r"mistral-medium|mistral-small-?4|mistral-large-(3|2512)|ministral-3|magistral",
        Rows(1540, 28),
        MISTRAL,
        confidence="derived",
        also=(_MISTRAL_ALSO,),
    ),
    TokenRule("Gemma 3", r"gemma-?3(?![\dn])", Flat(256), f"{TRANSFORMERS}gemma3"),
    TokenRule("Gemma 3n", r"gemma-?3n", Flat(256), f"{TRANSFORMERS}gemma3n", confidence="derived"),
    TokenRule(
        "GLM-V",
        r"glm-?4[\w.]*v",
        WidenedResize(SmartResize(28, 8, 7500)),
        f"{TRANSFORMERS}glm4v",
        enclosing=2,
    ),
    TokenRule(
        "SmolVLM, small",
        r"smolvlm[\w.-]*(256|500)m",
        Splits(2048, 512, 64),
        f"{TRANSFORMERS}smolvlm",
    ),
    TokenRule("SmolVLM", r"smolvlm", Splits(1536, 384, 81), f"{TRANSFORMERS}smolvlm"),
    TokenRule(
        "Moondream 2", r"moondream(?!-?3)", Flat(729), "https://github.com/vikhyat/moondream"
    ),
)
"""The first whose pattern matches counts."""
