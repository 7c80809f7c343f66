"""Tokens -> money, exactly; what is not known is None and shown as "unknown", never as 0.

Prices come from the endpoint's own list of models; where that has none, from the package
`genai-prices`, if it is installed: it carries its data with it and asks no network.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Protocol

from vlm_notebook.detail import EMBEDDED
from vlm_notebook.models.pricing import USD, currency

if TYPE_CHECKING:
    from vlm_notebook.models.catalog import ModelCard
    from vlm_notebook.models.tokens import TokenEstimate

UNKNOWN = "unknown"

_MILLION = Decimal(1_000_000)
_FREE_SUFFIX = ":free"
"""OpenRouter's mark of a model that costs nothing."""


class Billed(Protocol):
    """What a call was billed for; `Usage` is one."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens sent, pictures included."""

    @property
    def completion_tokens(self) -> int:
        """Tokens that came back."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost.

    Attributes:
        input: for a million tokens sent, or None: not known.
        output: for a million tokens that come back, or None: not known.
        currency: as ISO 4217 names it; endpoints that name none bill US dollars.
        source: where it was read.
    """

    input: Decimal | None
    output: Decimal | None
    currency: str = USD
    source: str = "the endpoint's list of models"

    def of(self, prompt_tokens: int, completion_tokens: int = 0) -> Decimal | None:
        """Return the price of a call; None when a part of it has no known price.

        >>> Price(Decimal("2.5"), Decimal(10)).of(1105, 100)
        Decimal('0.0037625')
        """
        parts = (prompt_tokens, self.input), (completion_tokens, self.output)
        total = Decimal(0)
        for tokens, price in parts:
            if tokens and price is None:
                return None
            total += tokens * (price or Decimal(0)) / _MILLION
        return total


FREE = Price(Decimal(0), Decimal(0), source="it is said to be free")


def price(card: ModelCard | str | None, *, base_url: str | None = None) -> Price | None:
    """Return what a model's tokens cost, or None where that is not known.

    Args:
        card: the model as its endpoint describes it, or its id alone; None: nothing is known.
        base_url: the endpoint's address, by which `genai-prices` knows whose prices hold; with
            None the maker's own.

    >>> from vlm_notebook.models.catalog import ModelCard
    >>> price(ModelCard("a/b", input_price=0.2, output_price=0.6)).input
    Decimal('0.2')
    """
    if not card:
        return None
    name = card if isinstance(card, str) else card.id
    listed = None if isinstance(card, str) else _listed(card, base_url)
    if name == EMBEDDED or name.endswith(_FREE_SUFFIX):
        return FREE
    return listed or _packaged(name, base_url)


def cost(
    usage: Billed, card: ModelCard | str | None, *, base_url: str | None = None
) -> Decimal | None:
    """Return what a call cost, in the currency of `price`; None where that is not known."""
    known = price(card, base_url=base_url)
    return None if known is None else known.of(usage.prompt_tokens, usage.completion_tokens)


def predicted(
    estimate: TokenEstimate,
    text_tokens: int,
    card: ModelCard | str | None,
    *,
    completion_tokens: int = 0,
    base_url: str | None = None,
) -> Decimal | None:
    """Return what pictures and a text will cost to send, and so many tokens of answer.

    Args:
        estimate: of the pictures.
        text_tokens: of everything written that is sent, as `text_tokens` of the module `text`
            estimates them.
        card: the model as its endpoint describes it, or its id alone.
        completion_tokens: how long the answer may become; 0 leaves it out.
        base_url: as for `price`.
    """
    known = price(card, base_url=base_url)
    sent = estimate.prompt_tokens + text_tokens
    return None if known is None else known.of(sent, completion_tokens)


def money(amount: Decimal | float | None, unit: str = USD) -> str:
    """Return an amount in words of a card: two digits that count below a cent, else cents.

    Args:
        amount: of money, or None: not known.
        unit: its currency, as ISO 4217 names it.

    >>> money(Decimal("0.0030625")), money(Decimal("12.345")), money(None)
    ('$0.0031', '$12.35', 'unknown')
    """
    if amount is None:
        return UNKNOWN
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    sign = _SIGNS.get(unit, f"{unit} ")
    if not exact:
        return f"{sign}0"
    digits = max(2, 1 - exact.adjusted())
    if digits > _MOST_DIGITS:
        return f"under {sign}{_LEAST}"
    return f"{sign}{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


_SIGNS = {USD: "$", "EUR": "€", "GBP": "£", "CNY": "¥"}
_MOST_DIGITS = 8
_LEAST = "0.0000001"


def _listed(card: ModelCard, base_url: str | None) -> Price | None:
    """Return what the list says; a 0 counts only where the list says outright: free."""
    pricing = card.raw.get("pricing")
    told = isinstance(pricing, dict) and {"prompt", "completion"} <= pricing.keys()
    if told and card.input_price == card.output_price == 0:
        return FREE
    read, written = (_exact(value) for value in (card.input_price, card.output_price))
    if read is None and written is None:
        return None
    return Price(read, written, currency(card.raw, base_url=base_url))


def _exact(value: float | None) -> Decimal | None:
    """Return a list's price as it was written, or None for none and for a 0 nobody explains."""
    return Decimal(repr(float(value))) if value else None


def _packaged(model: str, base_url: str | None) -> Price | None:
    """Look a price up in `genai-prices`, at the endpoint itself or else at the model's maker."""
    try:
        prices: Any = importlib.import_module("genai_prices")
    except ImportError:
        return None
    where = {} if base_url is None else {"provider_api_url": base_url}
    read = _million(prices, model, where, input_tokens=_ASKED)
    written = _million(prices, model, where, output_tokens=_ASKED)
    if read is None or written is None:
        return None
    return Price(read, written, source="the package genai-prices")


def _million(prices: Any, model: str, where: dict[str, str], **tokens: int) -> Decimal | None:
    """Return the price of a million tokens, by the whole id or else by the part after the path."""
    names = dict.fromkeys((model, model.rpartition("/")[2]))
    found = (_asked(prices, name, where, tokens) for name in names)
    return next((total * _MILLION / _ASKED for total in found if total), None)


def _asked(prices: Any, model: str, where: dict[str, str], tokens: dict[str, int]) -> Decimal:
    try:
        return Decimal(prices.calc_price(prices.Usage(**tokens), model, **where).total_price)
    except Exception:  # noqa: BLE001 - whatever the package cannot do, the price is not known
        return Decimal(0)


_ASKED = 1_000
"""Few enough tokens for the first step of a price that rises with the length of a prompt."""
