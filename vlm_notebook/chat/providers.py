"""Providers whose ways are known beforehand, so that no call is spent on finding out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.chat.message import ImagePart
from vlm_notebook.chat.quirks import INLINE, TEXT_FIRST
from vlm_notebook.chat.treatment import treatment
from vlm_notebook.detail import family
from vlm_notebook.errors import ModelError

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
        quirks: what its requests have to be without, besides a `treatment` of `detail`.
        advised_images: the most pictures of one request that it advises, or None.
        max_images: the most that it takes, more being refused by its own account, or None.
        max_base64_bytes: the most bytes of base64 of one request, likewise, or None.
        date: when it was read, as year and month.
    """

    name: str
    address: str
    source: str
    quirks: tuple[Quirk, ...] = ()
    advised_images: int | None = None
    max_images: int | None = None
    max_base64_bytes: int | None = None
    date: str = NOVEMBER

    def __repr__(self) -> str:
        return f"Provider({self.name!r})"

    def notice(self, request: Request) -> str | None:
        """Return what is to be said about a request with more than the provider advises."""
        count = len(request.images)
        if self.advised_images is None or count <= self.advised_images:
            return None
        return (
            f"{self.name} advises at most {self.advised_images} pictures, these are {count}: "
            "montage=True sends them as one."
        )

    def check(self, request: Request) -> None:
        """Refuse a request with more than the provider takes by its own account.

        Raises:
            ModelError: it has more pictures, or more bytes of them.
        """
        count, sent = len(request.images), base64_bytes(request)
        if self.max_images is not None and count > self.max_images:
            raise ModelError(
                f"{self.name} takes at most {self.max_images} pictures a request, these are "
                f"{count}: send fewer, or all as one with montage=True"
            )
        if self.max_base64_bytes is not None and sent > self.max_base64_bytes:
            raise ModelError(
                f"{self.name} takes at most {self.max_base64_bytes / 1e6:.0f} MB of pictures a "
                f"request, these are {sent / 1e6:.1f} MB: send fewer, ask with detail='low', or "
                "send all as one with montage=True"
            )


def base64_bytes(request: Request) -> int:
    """Return how many bytes of base64 a request's pictures are; those sent as URLs are none."""
    parts = (part for message in request.messages for part in message.parts)
    inline = (
        part.image.nbytes
        for part in parts
        if isinstance(part, ImagePart) and (part.inline or not part.image.url)
    )
    return sum(4 * -(-size // 3) for size in inline)


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
    ),
    Provider(
        "MiniMax",
        r"//api\.minimaxi?\.(io|chat|com)\b",
        "https://platform.minimax.io/docs",
    ),
    Provider(
        "SiliconFlow",
        r"//api\.siliconflow\.(cn|com)\b",
        "https://docs.siliconflow.cn/en/userguide/capabilities/vision",
    ),
    Provider(
        "Scaleway",
        r"//api\.scaleway\.ai\b",
        "https://github.com/scaleway/docs-content/pull/3966",
        max_images=12,
    ),
    Provider(
        "OpenRouter",
        r"//openrouter\.ai\b",
        "https://openrouter.ai/docs/guides/overview/multimodal/images",
        (TEXT_FIRST,),
    ),
    Provider("jiekou", r"//api\.jiekou\.ai\b", "https://docs.jiekou.ai", advised_images=2),
    Provider(
        "Groq",
        r"//api\.groq\.com\b",
        "https://console.groq.com/docs/vision",
        advised_images=5,
        max_base64_bytes=4_000_000,
    ),
)

UNKNOWN = Provider("the provider", "(?!)", "nothing is known of it")

_PICTURES_FIRST = frozenset({"Claude", "InternVL"})
"""Families whose makers want the pictures before the text, whoever serves them."""

MANY_IMAGES, MANY_IMAGES_PX = 20, 2000
"""Beyond so many pictures Claude refuses any with a longer side (Anthropic's vision guide)."""


def check(provider: Provider, request: Request) -> None:
    """Refuse a request that provider or model is known to refuse, before it is sent.

    Raises:
        ModelError: it has more pictures, larger ones or more bytes of them than are taken.
    """
    provider.check(request)
    images = request.images
    if family(request.model).name != "Claude" or len(images) <= MANY_IMAGES:
        return
    if any(max(image.size) > MANY_IMAGES_PX for image in images):
        raise ModelError(
            f"Claude takes no picture over {MANY_IMAGES_PX} px a side among more than "
            f"{MANY_IMAGES}: send fewer, let them be fitted, or all as one with montage=True"
        )


def provider_at(base_url: str) -> Provider:
    """Return the provider of a base URL, or `UNKNOWN`.

    >>> provider_at("https://openrouter.ai/api/v1")
    Provider('OpenRouter')
    """
    matching = (known for known in PROVIDERS if re.search(known.address, base_url.lower()))
    return next(matching, UNKNOWN)


def quirks_of(provider: Provider, model: str) -> tuple[Quirk, ...]:
    """Return what requests to a provider for a model have to be without."""
    known = treatment(provider.name, model)
    quirks = (*provider.quirks, *(known.quirks if known else ()))
    if family(model).name in _PICTURES_FIRST:
        return tuple(quirk for quirk in quirks if quirk is not TEXT_FIRST)
    return quirks
