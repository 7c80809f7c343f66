"""Tokens before sending: what pictures of known sizes cost a model.

import vlm_notebook as vlm

vlm.tokens.estimate([(1920, 1080)], model="gpt-4o")
vlm.tokens.register("my-model*", lambda width, height, detail: 256)
"""

from __future__ import annotations

import fnmatch
import operator
import statistics
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from vlm_notebook.detail import LEVELS
from vlm_notebook.errors import ModelError, VlmError
from vlm_notebook.models.families import NOVEMBER, RULES, Confidence, Rule, TokenRule, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

Size = tuple[int, int]
"""(width, height) in pixels of a picture as it is sent."""

DETAILS = (*LEVELS, "medium", "original")
"""The levels that endpoints know: ours, Gemini's `medium` and OpenAI's `original`."""

UNKNOWN = TokenRule(
    "unknown model",
    "",
    lambda _width, _height, _detail: 0,
    "the middle and the range of every known family",
    confidence="guess",
)


@dataclass(frozen=True, slots=True, repr=False)
class TokenEstimate:
    """What pictures cost a model, before they are sent.

    Attributes:
        tokens: of all pictures, as the family's rule counts them; for an unknown model the
            median over the known families.
        low: the fewest, by another reading of the rule: a host's cap, another rounding.
        high: the most, likewise.
        rule: the family's name.
        source: where the rule was read.
        date: when, as year and month.
        confidence: "documented" by the model's maker, "derived" from a relative, or a "guess".
        cost: the price of the tokens in the endpoint's currency, or None: not known.
        enclosing: tokens around the pictures, billed beside `tokens`: Qwen has a start and an end.
        currency: what `cost` is in, by ISO 4217.
    """

    tokens: int
    low: int
    high: int
    rule: str
    source: str
    date: str
    confidence: Confidence
    cost: Decimal | None = None
    enclosing: int = 0
    currency: str = "USD"

    def __repr__(self) -> str:
        span = "" if self.low == self.high else f" ({self.low:,} to {self.high:,})"
        return f"TokenEstimate({self.tokens:,} tokens{span}, {self.rule}, {self.confidence})"

    def _repr_markdown_(self) -> str:
        from vlm_notebook.models.cost import money

        span = "" if self.low == self.high else f" ({self.low:,} to {self.high:,})"
        priced = "" if self.cost is None else f", {money(self.cost, self.currency)}"
        origin = self.source if "://" not in self.source else f"[source]({self.source})"
        about = f"{self.rule}, {self.confidence}, {self.date}, {origin}"
        return f"**{self.tokens:,} tokens**{span}{priced}  \n{about}"

    @property
    def prompt_tokens(self) -> int:
        """What the pictures add to a prompt: their tokens and those around them."""
        return self.tokens + self.enclosing

    def priced(self, cost: Decimal | None, currency: str = "USD") -> TokenEstimate:
        """Return the same estimate with a cost in that currency."""
        return replace(self, cost=cost, currency=currency)


def estimate(sizes: Iterable[Size], *, model: str | None, detail: str = "auto") -> TokenEstimate:
    """Estimate what pictures cost a model in tokens.

    Args:
        sizes: (width, height) in pixels of each picture as it is sent.
        model: the model's id, as an endpoint or Ollama writes it; None: nothing is known of it.
        detail: the level that is sent: "low", "high", "auto", "medium" or "original".

    Raises:
        ModelError: `detail` is no level, a size is none, a picture is none that the model takes,
            or a rule of your own fails.

    >>> estimate([(1920, 1080)], model="openai/gpt-4o-2024-08-06", detail="high")
    TokenEstimate(1,105 tokens, OpenAI tiles, gpt-4o, documented)
    >>> estimate([(1024, 1024)], model="qwen2.5vl:7b")
    TokenEstimate(1,369 tokens (1,225 to 1,369), Qwen2-VL and Qwen2.5-VL, documented)
    """
    if detail not in DETAILS:
        raise ModelError(f"detail {detail!r} is unknown: use one of {', '.join(DETAILS)}")
    checked = [_size(size) for size in sizes]
    known = rule_of(model)
    counts = [_counts(known, size, model or "", detail) for size in checked]
    tokens, low, high = (sum(column) for column in zip((0, 0, 0), *counts, strict=True))
    enclosing = known.enclosing * len(checked)
    about = known.name, known.source, known.date, known.confidence
    return TokenEstimate(tokens, low, high, *about, enclosing=enclosing)


def _size(size: Size) -> Size:
    try:
        width, height = (operator.index(side) for side in size)
    except (TypeError, ValueError):
        width = height = 0
    if width < 1 or height < 1:
        raise ModelError(f"a picture's size is (width, height) in whole pixels above 0, not {size}")
    return width, height


def _counts(known: TokenRule, size: Size, model: str, detail: str) -> tuple[int, int, int]:
    """Return the tokens of a picture, and the fewest and the most by other readings."""
    if known is UNKNOWN:
        return _middle(size, detail)
    readings = [_called(rule, size, model, detail) for rule in (known.rule, *known.also)]
    return readings[0], min(readings), max(readings)


def _called(rule: Rule, size: Size, model: str, detail: str) -> int:
    """Return what a rule gives, which may be a user's own and do anything."""
    try:
        given = rule(*size, detail)
    except VlmError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's rule may raise anything
        said = f"{type(error).__name__}: {error}"
        raise ModelError(
            f"the token rule for {model!r} fails: {said}; mend or unregister it"
        ) from None
    if isinstance(given, bool) or not hasattr(given, "__index__") or given < 0:
        raise ModelError(
            f"the token rule for {model!r} gives {given!r} instead of a whole number from 0 on: "
            "mend or unregister it"
        )
    return operator.index(given)


def _middle(size: Size, detail: str) -> tuple[int, int, int]:
    """Return the median, the fewest and the most tokens over all known families."""
    counts = []
    for known in RULES[1:]:
        try:
            counts.append(known.rule(*size, detail))
        except ModelError:  # this family refuses such a picture
            continue
    return statistics.median_high(counts), min(counts), max(counts)


_own: tuple[TokenRule, ...] = ()
_own_lock = Lock()


def rule_of(model: str | None) -> TokenRule:
    """Return the rule that counts for a model: your own first, the latest of them first of all.

    >>> rule_of("meta-llama/llama-4-maverick")
    TokenRule(Llama 4, documented, 2026-11)
    """
    if not model:
        return UNKNOWN
    keys, whole = keys_of(model), model.strip().lower()
    for own in reversed(_own):
        if any(fnmatch.fnmatchcase(name, own.pattern) for name in (whole, *keys[:1])):
            return own
    matching = (known for key in keys for known in RULES if known.matches(key))
    return next(matching, UNKNOWN)


def register(
    pattern: str,
    rule: Rule,
    *,
    source: str = "registered by hand",
    date: str = NOVEMBER,
    confidence: Confidence = "derived",
) -> TokenRule:
    """Count tokens by a rule of your own from now on; later ones win over earlier ones.

    Args:
        pattern: the model ids it is for, with `*` and `?`, whatever the case; with or without
            the provider's path.
        rule: called with width and height in pixels and the level of detail; gives whole tokens.
        source: where you have it from.
        date: when, as year and month.
        confidence: "documented", "derived" or "guess".

    Raises:
        ModelError: there is no pattern, the rule cannot be called, or `confidence` is none.

    >>> register("my-model*", lambda width, height, detail: 256).name
    'my-model*'
    >>> estimate([(640, 480)], model="me/My-Model-7B").tokens
    256
    >>> unregister("my-model*")
    """
    global _own  # noqa: PLW0603 - one table of rules, as there is one table of families
    if not pattern or not callable(rule):
        raise ModelError(
            f"a token rule for {pattern!r} needs a pattern of model ids and a function of "
            "(width, height, detail)"
        )
    if confidence not in ("documented", "derived", "guess"):
        raise ModelError(f"confidence {confidence!r} is unknown: documented, derived or guess")
    added = TokenRule(pattern, pattern.lower(), rule, source, date, confidence)
    with _own_lock:
        _own = (*_own, added)
    return added


def registered() -> tuple[TokenRule, ...]:
    """Return your own rules, the earliest first."""
    return _own


def unregister(pattern: str) -> None:
    """Forget your own rules for a pattern, spelled as it was registered.

    Raises:
        ModelError: none is registered for it.
    """
    global _own  # noqa: PLW0603 - as in register
    with _own_lock:
        kept = tuple(own for own in _own if own.name != pattern)
        if len(kept) == len(_own):
            raise ModelError(
                f"no token rule is registered for {pattern!r}: see tokens.registered()"
            )
        _own = kept
