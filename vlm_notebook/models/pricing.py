"""What a list of models says of prices, in any of its units -> the price of a million tokens.

Read in the providers' documentation in November 2026: OpenRouter gives dollars a token, as text
("-1": it varies, "0": free); LiteLLM dollars a token (0 where it does not know); Together and
DeepInfra dollars a million; Vercel's gateway dollars a token under Together's names; novita and
jiekou ten-thousandths of a dollar a million (novita lists Llama 3.3 70B as 3900 and sells it at
$0.39). A unit that a number does not bear out gives None, and so does a 0 that may mean "not told".
"""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import urlsplit

USD = "USD"

_BILLED_IN = ((r"(^|\.)(ppinfra|ppio)\.(com|cn)$", "CNY", "https://ppio.com/pricing"),)
"""Hosts of which is known, from the page named, that they bill in something else than dollars.

PPIO's list has novita's form and numbers in ten-thousandths of a yuan. A host's prices elsewhere,
such as SiliconFlow's in China, do not stand in its list, so that nothing is to be read of them.
"""

_CODE = re.compile(r"[A-Z]{3}")

Prices = tuple[float | None, float | None]
"""For a million tokens sent, and for a million that come back."""

_MILLION = 1_000_000
_DIGITS = 6

_DEAREST_TOKEN = 0.001
"""Dollars. No token costs as much, and no million tokens as little: so units are told apart."""

_LEAST_PARTS, _MOST_PARTS = 100, 20_000_000
"""Ten-thousandths of a dollar a million tokens: 1 cent to 2,000 dollars, beyond any price known."""


def currency(entry: dict[str, Any] | None = None, *, base_url: str | None = None) -> str:
    """Return what prices are in, by ISO 4217: as an entry names it, as its host bills, or dollars.

    >>> currency(base_url="https://api.ppinfra.com/v3/openai"), currency({"currency": "EUR"})
    ('CNY', 'EUR')
    """
    pricing = (entry or {}).get("pricing")
    for told in (entry, pricing):
        named = told.get("currency") if isinstance(told, dict) else None
        if isinstance(named, str) and _CODE.fullmatch(named.strip().upper()):
            return named.strip().upper()
    host = _host(base_url or "")
    return next((code for pattern, code, _ in _BILLED_IN if re.search(pattern, host)), USD)


def _host(base_url: str) -> str:
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def of_entry(entry: dict[str, Any]) -> Prices:
    """Return the prices in an entry of a list; None for each that is not told.

    >>> of_entry({"pricing": {"prompt": "0.00000015", "completion": "0.0000006"}})
    (0.15, 0.6)
    >>> of_entry({"input_token_price_per_m": 3900, "output_token_price_per_m": 0})
    (0.39, None)
    """
    for told in (_of_pricing(entry.get("pricing")), _of_metadata(entry), _of_litellm(entry)):
        if told != (None, None):
            return told
    read, written = entry.get("input_token_price_per_m"), entry.get("output_token_price_per_m")
    return _of_parts(read), _of_parts(written)


def _of_pricing(pricing: Any) -> Prices:
    if not isinstance(pricing, dict):
        return None, None
    if isinstance(pricing.get("prompt"), dict):  # novita's newer form
        both = (pricing.get(name) for name in ("prompt", "completion"))
        read, written = (one.get("price_per_m") if isinstance(one, dict) else None for one in both)
        return _of_parts(read), _of_parts(written)
    if "prompt" in pricing or "completion" in pricing:
        return _of_token(pricing.get("prompt")), _of_token(pricing.get("completion"))
    return _of_either(pricing.get("input")), _of_either(pricing.get("output"))


def _of_metadata(entry: dict[str, Any]) -> Prices:
    metadata = entry.get("metadata")
    pricing = metadata.get("pricing") if isinstance(metadata, dict) else None
    if not isinstance(pricing, dict):
        return None, None
    return _of_either(pricing.get("input_tokens")), _of_either(pricing.get("output_tokens"))


def _of_litellm(entry: dict[str, Any]) -> Prices:
    told = entry.get("model_info")
    told = told if isinstance(told, dict) else entry
    read, written = told.get("input_cost_per_token"), told.get("output_cost_per_token")
    return _of_token(read) or None, _of_token(written) or None


def _of_token(value: Any) -> float | None:
    """Read dollars a token; 0 is a price here, since who writes it means free."""
    dollars = _number(value)
    if dollars is None or not 0 <= dollars < _DEAREST_TOKEN:
        return None
    return round(dollars * _MILLION, _DIGITS)


def _of_either(value: Any) -> float | None:
    """Read dollars a million, or a token where the number is too small for that."""
    dollars = _number(value)
    if dollars is None or dollars <= 0:
        return None
    return _of_token(dollars) if dollars < _DEAREST_TOKEN else round(dollars, _DIGITS)


def _of_parts(value: Any) -> float | None:
    parts = _number(value)
    if parts is None or not _LEAST_PARTS <= parts <= _MOST_PARTS:
        return None
    return round(parts / 10_000, _DIGITS)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
