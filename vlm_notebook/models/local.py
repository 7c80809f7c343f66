"""Servers whose `/models` leaves out what they say elsewhere -> what to ask, and what it means.

They are known by what `/models` says, never by a port:

- Ollama (docs.ollama.com, api/show): `owned_by` is "library"; `POST /api/show` gives
  `capabilities` and, in `model_info`, the context as "<architecture>.context_length". Before
  0.6.4 it gave no capabilities; a projector or a family "clip" or "mllama" means vision then.
- LM Studio (lmstudio.ai/docs, REST API v0): `owned_by` is "organization_owner";
  `GET /api/v0/models` gives each model's `type`: "llm", "vlm" or "embeddings".
- llama.cpp's server (its README): `owned_by` is "llamacpp", or `meta` counts a vocabulary;
  `GET /props` gives `modalities`, of the one model that it serves.
- LiteLLM's proxy (docs.litellm.ai, model management): every model was `created` in the same second;
  `GET /model/info` gives `model_info.supports_vision` and prices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vlm_notebook.models import catalog
from vlm_notebook.models.catalog import ModelCard

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_QUESTIONS = 200
"""More models than anybody has on one machine."""

_LITELLM_CREATED = 1677610602
"""A constant of LiteLLM's proxy, which knows no dates (litellm.constants)."""

_OLD_VISION = frozenset({"clip", "mllama"})


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A request to the same server beside its OpenAI-compatible ones.

    Attributes:
        path: from the server's root on, as its base URL without a "/v1" at the end.
        model: the id asked about, which is sent as JSON; None asks about all, with GET.
    """

    path: str
    model: str | None = None


def inquiries(found: list[ModelCard]) -> tuple[Inquiry, ...]:
    """Return what to ask about models that a list tells too little of; mostly nothing.

    >>> inquiries(catalog.cards([{"id": "llava", "owned_by": "library"}]))
    (Inquiry(path='/api/show', model='llava'),)
    """
    unknown = [card for card in found if card.vision is None]
    if not unknown:
        return ()
    entries = [card.raw for card in found]
    if _any_owner(entries, "library"):
        return tuple(Inquiry("/api/show", card.id) for card in unknown[:MAX_QUESTIONS])
    if _any_owner(entries, "organization_owner"):
        return (Inquiry("/api/v0/models"),)
    if _is_llama_cpp(entries):
        return (Inquiry("/props"),) if len(found) == 1 else ()
    if all(entry.get("created") == _LITELLM_CREATED for entry in entries):
        return (Inquiry("/model/info"),)
    return ()


def _any_owner(entries: Iterable[dict[str, Any]], owner: str) -> bool:
    return any(entry.get("owned_by") == owner for entry in entries)


def _is_llama_cpp(entries: list[dict[str, Any]]) -> bool:
    counted = any(catalog.at(entry, ("meta", "n_vocab")) for entry in entries)
    return counted or _any_owner(entries, "llamacpp")


def told(card: ModelCard, inquiry: Inquiry, answer: Any) -> ModelCard:
    """Return the card with what an answer adds to it; what it said before stays.

    Args:
        card: one of the list.
        inquiry: what was asked.
        answer: JSON of any shape; None where there was no answer.
    """
    if inquiry.model not in {None, card.id} or card.vision is not None:
        return card
    more = _entry(card, inquiry, answer)
    read = ModelCard.of_json({**card.raw, **more}) if more else None
    if read is None or read.vision is None:
        return replace(read or card, id=card.id, reason=f"{inquiry.path} does not say")
    return replace(read, id=card.id, reason=f"{inquiry.path}: {read.reason}")


def _entry(card: ModelCard, inquiry: Inquiry, answer: Any) -> dict[str, Any]:
    """Find what an answer says of a model, in the words that lists of models use."""
    if inquiry.path == "/api/show":
        return _shown(answer) if isinstance(answer, dict) else {}
    if inquiry.path == "/props":
        return _props(answer)
    listed = {one.id: one.raw for one in catalog.cards(answer)}
    return listed.get(card.id, {})


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    """Read Ollama's `/api/show`; licences and templates, which are long, are left out."""
    info = answer.get("model_info")
    info = info if isinstance(info, dict) else {}
    lengths = [value for key, value in info.items() if key.endswith(".context_length")]
    entry: dict[str, Any] = {"context_length": lengths[0]} if lengths else {}
    capabilities = answer.get("capabilities")
    if isinstance(capabilities, list):
        return {**entry, "capabilities": capabilities}
    families = catalog.at(answer, ("details", "families"))
    families = {one for one in families if isinstance(one, str)} if families else set()
    seeing = bool(answer.get("projector_info")) or bool(families & _OLD_VISION)
    return {**entry, "capabilities": ["completion", *(["vision"] if seeing else [])]}


def _props(answer: Any) -> dict[str, Any]:
    modalities = catalog.at(answer, ("modalities",))
    context = catalog.at(answer, ("default_generation_settings", "n_ctx"))
    return {"modalities": modalities, "context_length": context} if modalities else {}
