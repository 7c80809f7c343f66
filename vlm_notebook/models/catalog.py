"""Every known shape of a `GET /models` answer -> a list of ModelCard.

Shapes as read in the providers' documentation in November 2026: jiekou and novita (`features`,
`input_modalities`), OpenRouter (`architecture.input_modalities`), GitHub Models
(`supported_input_modalities`), Mistral and LM Studio (`capabilities.vision`), Anthropic
(`capabilities.image_input`), Fireworks (`supports_image_input`), DeepInfra (`metadata.tags`),
Ollama and llama.cpp (`capabilities` as a list), LiteLLM (`model_info.supports_vision`); OpenAI,
Google, Groq, vLLM, SiliconFlow and Together say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vlm_notebook.models import pricing

if TYPE_CHECKING:
    from collections.abc import Iterable

_VISION_NAMES = re.compile(
    r"(vl\d?\b|-vl-|vision|multimodal|gpt-4o|gpt-4\.1|gpt-5|claude|gemini|gemma-?3|llava|pixtral|internvl"
    r"|qvq|minicpm-v|moondream|smolvlm|llama-?4|glm-4\.\dv|o3\b|o4-mini|embedded)",
    re.IGNORECASE,
)
_OTHER_NAMES = re.compile(
    r"(embedding|whisper|\btts\b|transcri|rerank|moderation|realtime|-audio|dall-e|image-gen|imagen"
    r"|veo-|gpt-image)",
    re.IGNORECASE,
)
"""Names of what answers no questions, though a family's name stands in them."""

UNSAID = "the endpoint does not say"


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
        max_output: how many tokens it writes at most, or None.
        live: whether it answers at all, as far as the endpoint says.
        raw: the endpoint's own entry.
    """

    id: str
    vision: bool | None = None
    context: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    reason: str = ""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    max_output: int | None = None
    live: bool = True

    @property
    def likely_vision(self) -> bool:
        """Whether to offer it for pictures: the endpoint says so, or else its name does."""
        return self.live and (_named_so(self.id) if self.vision is None else self.vision)

    @classmethod
    def of_json(cls, entry: dict[str, Any]) -> ModelCard | None:
        """Read one entry of a list; None when it has no id.

        >>> ModelCard.of_json({"id": "a/b-vl", "features": ["vision"]}).vision
        True
        """
        names = (entry.get(key) for key in _IDS)
        name = next((name for name in names if isinstance(name, str) and name.strip()), "")
        if not name:
            return None
        vision, reason = vision_of(entry)
        read, written = pricing.of_entry(entry)
        return cls(
            name.strip(),
            vision,
            _first_whole(entry, _CONTEXT),
            read,
            written,
            reason,
            entry,
            _first_whole(entry, _MAX_OUTPUT),
            _is_live(entry),
        )


_IDS = ("id", "key", "name", "model", "model_name")
_CONTEXT = (
    *("context_size", "context_length", "max_context_length", "max_model_len"),
    *("context_window", "max_input_tokens", "inputTokenLimit", "limits.max_input_tokens"),
    *("model_info.max_input_tokens", "metadata.context_length"),
    *("meta.n_ctx", "meta.n_ctx_train"),
)
_MAX_OUTPUT = (
    *("max_output_tokens", "max_completion_tokens", "top_provider.max_completion_tokens"),
    *("limits.max_output_tokens", "model_info.max_output_tokens", "metadata.max_tokens"),
)


def _is_live(entry: dict[str, Any]) -> bool:
    """Tell whether a model answers: jiekou and novita say `status` 1 then, Groq `active`."""
    counted = "input_token_price_per_m" in entry or "context_size" in entry
    return entry.get("active") is not False and not (counted and entry.get("status", 1) != 1)


@lru_cache(maxsize=4096)
def _named_so(model: str) -> bool:
    return bool(_VISION_NAMES.search(model)) and not _OTHER_NAMES.search(model)


def cards(payload: Any) -> list[ModelCard]:
    """Read a whole list: `{"data": [...]}`, `{"models": [...]}` or a bare list, of objects or ids.

    >>> [card.id for card in cards({"models": [{"name": "llava"}, "pixtral"]})]
    ['llava', 'pixtral']
    """
    found: dict[str, ModelCard] = {}
    for card in filter(None, map(_card, _entries(payload))):
        known = found.get(card.id)
        if known is None or (known.vision is None and card.vision is not None):
            found[card.id] = card  # llama.cpp lists each twice and says more the second time
    return list(found.values())


def seeing(listed: Iterable[ModelCard]) -> list[ModelCard]:
    """Return the models to offer for pictures; where no name suggests any, all that may take them.

    >>> [card.id for card in seeing(cards(["gpt-4o", "gpt-3.5"]))]
    ['gpt-4o']
    """
    listed = list(listed)
    likely = [card for card in listed if card.likely_vision]
    return likely or [card for card in listed if card.vision is None and card.live]


def _entries(payload: Any) -> list[Any]:
    if isinstance(payload, dict):
        lists = [payload.get(key) for key in ("data", "models")]
        return [entry for listed in lists if isinstance(listed, list) for entry in listed]
    return payload if isinstance(payload, list) else []


def _card(entry: Any) -> ModelCard | None:
    if isinstance(entry, str):
        return ModelCard.of_json({"id": entry})
    return ModelCard.of_json(entry) if isinstance(entry, dict) else None


def vision_of(entry: dict[str, Any]) -> tuple[bool | None, str]:
    """Return whether a model takes pictures, and by which field it says so.

    One field that says yes is enough: older fields are not kept up where there are newer ones.
    """
    denied = ""
    for path, words in _FIELDS:
        says = _says(entry, path, words)
        if says:
            return True, ".".join(path)
        denied = denied or (".".join(path) if says is False else "")
    return (False, denied) if denied else (None, UNSAID)


_FIELDS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = tuple(
    (tuple(path.split(".")), words)
    for path, words in {
        "features": ("vision",),
        "input_modalities": ("image",),
        "supported_input_modalities": ("image",),
        "architecture.input_modalities": ("image",),
        "capabilities": ("vision", "multimodal"),
        "capabilities.vision": (),
        "capabilities.image_input.supported": (),
        "supports_image_input": (),
        "supports_vision": (),
        "model_info.supports_vision": (),
        "modalities.vision": (),
        "metadata.tags": ("vision", "multimodal"),
        "tags": ("vision",),
        "type": ("vlm",),
        "model_type": ("vlm",),
    }.items()
)
"""Where a model says it -> the words that mean yes; none for a field that is true or false."""

_LOOSE = frozenset({("tags",), ("metadata", "tags")})
"""Lists of whatever comes to mind: what they leave out is not denied."""

_NOT_SAYING = frozenset({"model", "chat", "text", "language", "code", "completion", "base", ""})
"""Values of `type` and `model_type` that leave it open."""


def _says(entry: dict[str, Any], path: tuple[str, ...], words: tuple[str, ...]) -> bool | None:
    value = at(entry, path)
    if value is None:
        return None
    if isinstance(value, bool) and not words:
        return value
    if isinstance(value, list):
        return any(word in value for word in words) or (None if path in _LOOSE else False)
    if path[0] in {"type", "model_type"} and isinstance(value, str):
        return None if value in _NOT_SAYING else value in words
    return None


def at(entry: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path of keys, or None."""
    for key in path:
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry


def _first_whole(entry: dict[str, Any], paths: tuple[str, ...]) -> int | None:
    values = (at(entry, tuple(path.split("."))) for path in paths)
    return next(filter(None, map(_whole, values)), None)


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
