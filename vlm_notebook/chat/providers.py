"""Providers whose ways are known beforehand, so that no call is spent on finding out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.chat.quirks import HIGH_FOR_AUTO, INLINE, NO_DETAIL, TEXT_FIRST
from vlm_notebook.detail import family

if TYPE_CHECKING:
    from vlm_notebook.chat.message import Request
    from vlm_notebook.chat.quirks import Quirk

NOVEMBER = "2026-11"


@dataclass(frozen=True, slots=True, repr=False)
class Provider:
    """What is known of a provider.

    Attributes:
        name: how it calls itself.
        address: a regular expression that its base URLs match.
        source: where it was read.
        quirks: what its requests have to be without.
        max_images: the most pictures of one request that it takes or advises, or None.
        max_base64_bytes: the most bytes of base64 of one request, or None.
        date: when it was read, as year and month.
    """

    name: str
    address: str
    source: str
    quirks: tuple[Quirk, ...] = ()
    max_images: int | None = None
    max_base64_bytes: int | None = None
    date: str = NOVEMBER

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"

    def notice(self, request: Request) -> str | None:
        """Return what is to be said about a request with more than the provider wants, or None."""
        count = len(request.images)
        base64_bytes = sum(4 * -(-image.nbytes // 3) for image in request.images)
        if self.max_images is not None and count > self.max_images:
            return (
                f"{self.name} advises at most {self.max_images} pictures, {count} were sent: "
                "montage=True sends them as one."
            )
        if self.max_base64_bytes is not None and base64_bytes > self.max_base64_bytes:
            most, sent = self.max_base64_bytes / 1e6, base64_bytes / 1e6
            return (
                f"{self.name} takes {most:.0f} MB of pictures, {sent:.1f} MB were sent: "
                "detail='low' or montage=True sends fewer."
            )
        return None


PROVIDERS = (
    Provider(
        "Ollama",
        r"//[^/]*:11434\b|//([\w-]+\.)?ollama\.com\b",
        "https://docs.ollama.com/openai",
        (INLINE,),
    ),
    Provider("LM Studio", r"//[^/]+:1234\b", "https://lmstudio.ai/docs/developer", (INLINE,)),
    Provider("Cerebras", r"//api\.cerebras\.ai\b", "https://inference-docs.cerebras.ai", (INLINE,)),
    Provider(
        "OVHcloud",
        r"//[\w.-]*(ovh\.net|ovhcloud\.[a-z]+)\b",
        "https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints",
        (NO_DETAIL,),
    ),
    Provider(
        "MiniMax",
        r"//api\.minimaxi?\.(io|chat|com)\b",
        "https://platform.minimax.io/docs",
        (HIGH_FOR_AUTO,),
    ),
    Provider(
        "OpenRouter",
        r"//openrouter\.ai\b",
        "https://openrouter.ai/docs/guides/overview/multimodal/images",
        (TEXT_FIRST,),
    ),
    Provider("jiekou", r"//api\.jiekou\.ai\b", "https://docs.jiekou.ai", max_images=2),
    Provider(
        "Groq",
        r"//api\.groq\.com\b",
        "https://console.groq.com/docs/vision",
        max_base64_bytes=4_000_000,
    ),
)

UNKNOWN = Provider("the provider", "(?!)", "nothing is known of it")

_PICTURES_FIRST = frozenset({"Claude", "InternVL"})
"""Families whose makers want the pictures before the text, whoever serves them."""


def provider_at(base_url: str) -> Provider:
    """Return the provider of a base URL, or `UNKNOWN`.

    >>> provider_at("https://openrouter.ai/api/v1")
    Provider('OpenRouter')
    """
    matching = (known for known in PROVIDERS if re.search(known.address, base_url.lower()))
    return next(matching, UNKNOWN)


def quirks_of(provider: Provider, model: str) -> tuple[Quirk, ...]:
    """Return what requests to a provider for a model have to be without."""
    if family(model).name in _PICTURES_FIRST:
        return tuple(quirk for quirk in provider.quirks if quirk is not TEXT_FIRST)
    return provider.quirks
