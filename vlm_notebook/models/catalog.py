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
    r"(vl\d?\b|-vl-|vision|multimodal|gpt-4o|gpt-4\.1|gpt-5|claude|gemini|gemma-?3|llava|pixtral|internvl"
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
        name = next((entry[key] for key in _IDS if isinstance(entry.get(key), str)), "")
        if not name:
            return None
        vision, reason = vision_of(entry)
        context = next(filter(None, (_whole(entry.get(key)) for key in _CONTEXT_KEYS)), None)
        return cls(name, vision, context, *_prices(entry), reason, entry)


_IDS = ("id", "key", "name", "model", "model_name")
_CONTEXT_KEYS = ("context_size", "context_length", "max_context_length", "max_model_len")


def cards(payload: Any) -> list[ModelCard]:
    """Read a whole list: `{"data": [...]}`, `{"models": [...]}` or a bare list.

    >>> [card.id for card in cards({"models": [{"name": "llava"}]})]
    ['llava']
    """
    if isinstance(payload, dict):
        lists = [payload.get(key) for key in ("data", "models")]
        payload = [entry for listed in lists if isinstance(listed, list) for entry in listed]
    entries = [entry for entry in payload if isinstance(entry, dict)]
    found: dict[str, ModelCard] = {}
    for card in filter(None, map(ModelCard.of_json, entries)):
        known = found.get(card.id)
        if known is None or (known.vision is None and card.vision is not None):
            found[card.id] = card  # llama.cpp lists each twice and says more the second time
    return list(found.values())


def vision_of(entry: dict[str, Any]) -> tuple[bool | None, str]:
    """Return whether a model takes pictures, and by which field it says so.

    One field that says yes is enough: older fields are not kept up where there are newer ones.
    """
    said = {path: _says(entry, path, words) for path, words in _FIELDS.items()}
    for verdict in (True, False):
        if path := next((path for path, says in said.items() if says is verdict), None):
            return verdict, path
    return None, "the endpoint does not say"


_FIELDS: dict[str, tuple[str, ...]] = {
    "features": ("vision",),
    "input_modalities": ("image",),
    "architecture.input_modalities": ("image",),
    "capabilities": ("vision", "multimodal"),
    "capabilities.vision": (),
    "model_info.supports_vision": (),
    "modalities.vision": (),
    "type": ("vlm",),
}
"""Where a model says it -> the words that mean yes; none for a field that is true or false."""

_NOT_SAYING = ("model", "chat", "text", "language")
"""Values of `type` that leave it open."""


def _says(entry: dict[str, Any], path: str, words: tuple[str, ...]) -> bool | None:
    value = _at(entry, path)
    if isinstance(value, bool) and not words:
        return value
    if isinstance(value, list):
        return any(word in value for word in words)
    if path == "type" and isinstance(value, str) and value not in _NOT_SAYING:
        return value in words
    return None


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
