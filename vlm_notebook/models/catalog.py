"""Every known shape of a `GET /models` answer -> a list of ModelCard.

Shapes as read in the providers' documentation in November 2026: jiekou and novita (`features`,
`input_modalities`), OpenRouter (`architecture.input_modalities`), Mistral and LM Studio
(`capabilities.vision`), Ollama and llama.cpp (`capabilities` as a list), LiteLLM
(`model_info.supports_vision`); OpenAI, vLLM, SiliconFlow and Together say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_VISION_NAMES = re.compile(
    r"(vl\b|-vl-|vision|gpt-4o|gpt-4\.1|gpt-5|claude|gemini|gemma-?3|llava|pixtral|internvl"
    r"|qvq|minicpm-v|moondream|smolvlm|llama-?4|glm-4\.\dv|o3\b|o4-mini|embedded)",
    re.IGNORECASE,
)
_PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as its endpoint describes it.

    Attributes:
        id: what a request names it by.
        vision: whether it takes pictures; None where the endpoint does not say.
        context: how many tokens it takes, or None.
        input_price: per million tokens, in the endpoint's currency, or None.
        output_price: likewise for what it writes.
        reason: where `vision` was read, or why it is unknown.
        raw: the endpoint's own entry.
    """

    id: str
    vision: bool | None = None
    context: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    reason: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def likely_vision(self) -> bool:
        """Whether to offer it for pictures: the endpoint says so, or else its name does."""
        return bool(_VISION_NAMES.search(self.id)) if self.vision is None else self.vision

    @classmethod
    def of_json(cls, entry: dict[str, Any]) -> ModelCard | None:
        """Read one entry of a list; None when it has no id.

        >>> ModelCard.of_json({"id": "a/b-vl", "features": ["vision"]}).vision
        True
        """
        name = next((entry[key] for key in ("id", "key", "name", "model") if entry.get(key)), None)
        if not isinstance(name, str):
            return None
        vision, reason = vision_of(entry)
        context = next(filter(None, (_whole(entry.get(key)) for key in _CONTEXT_KEYS)), None)
        return cls(name, vision, context, *_prices(entry), reason, entry)


_CONTEXT_KEYS = ("context_size", "context_length", "max_context_length", "max_model_len")


def cards(payload: Any) -> list[ModelCard]:
    """Read a whole list: `{"data": [...]}`, `{"models": [...]}` or a bare list.

    >>> [card.id for card in cards({"models": [{"name": "llava"}]})]
    ['llava']
    """
    if isinstance(payload, dict):
        payload = payload.get("data") or payload.get("models") or []
    entries = [entry for entry in payload if isinstance(entry, dict)]
    return [card for card in map(ModelCard.of_json, entries) if card]


def vision_of(entry: dict[str, Any]) -> tuple[bool | None, str]:
    """Return whether a model takes pictures, and by which field it says so."""
    for path, word in _LISTS:
        if isinstance(listed := _at(entry, path), list):
            return word in listed, path
    for path in _FLAGS:
        if isinstance(flag := _at(entry, path), bool):
            return flag, path
    if entry.get("type") in ("vlm", "llm"):
        return entry["type"] == "vlm", "type"
    return None, "the endpoint does not say"


_LISTS = (
    ("features", "vision"),
    ("input_modalities", "image"),
    ("architecture.input_modalities", "image"),
    ("capabilities", "vision"),
)
_FLAGS = ("capabilities.vision", "model_info.supports_vision", "modalities.vision")


def _at(entry: Any, path: str) -> Any:
    for key in path.split("."):
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _prices(entry: dict[str, Any]) -> tuple[float | None, float | None]:
    pricing = entry.get("pricing")
    if isinstance(pricing, dict):
        return _price(pricing.get("prompt")), _price(pricing.get("completion"))
    return None, None


def _price(per_token: Any) -> float | None:
    try:
        price = float(per_token) * _PER_MILLION
    except (TypeError, ValueError):
        return None
    return round(price, 6) if price >= 0 else None
