"""What becomes of `detail` where it is sent: by provider where that is known, else by family.

The levels are real without it, since pictures are fitted to them before they are sent. It is sent
all the same to who ignores it: the same family's next host may act on it, and without it some hosts
look coarsely (anomalyco/opencode issue 24242). It is left out only where it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vlm_notebook.chat.quirks import AUTO_IS_LOW, HIGH_FOR_AUTO, NO_DETAIL
from vlm_notebook.detail import family

if TYPE_CHECKING:
    from vlm_notebook.chat.quirks import Quirk

Fate = Literal["acted on", "ignored", "refused", "refused when auto", "acted on, auto as low"]

OPENAI = "https://platform.openai.com/docs/guides/images-vision"
VLLM = "https://github.com/vllm-project/vllm/pull/9663"
"""vLLM logs "'image_url.detail' is currently not supported and will be ignored"."""
CLAUDE = "https://docs.claude.com/en/api/openai-sdk"
"""Anthropic: most unsupported fields are silently ignored rather than producing errors."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What somebody makes of `detail`.

    Attributes:
        name: of a provider or of a family.
        fate: what becomes of it.
        source: where that was read.
        date: when, as year and month.
    """

    name: str
    fate: Fate
    source: str
    date: str = "2026-11"

    @property
    def quirks(self) -> tuple[Quirk, ...]:
        """What requests have to be without for it."""
        return _QUIRKS.get(self.fate, ())


_QUIRKS: dict[Fate, tuple[Quirk, ...]] = {
    "refused": (NO_DETAIL,),
    "refused when auto": (HIGH_FOR_AUTO,),
    "acted on, auto as low": (AUTO_IS_LOW,),
}

PROVIDERS = (
    Treatment("OVHcloud", "refused", "https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints"),
    Treatment("MiniMax", "refused when auto", "https://platform.minimax.io/docs"),
    Treatment(
        "SiliconFlow",
        "acted on, auto as low",
        "https://docs.siliconflow.cn/en/userguide/capabilities/vision",
    ),
)

FAMILIES = (
    Treatment("embedded reader", "ignored", "it sees all that it is sent"),
    *(
        Treatment(f"OpenAI {name}", "acted on", OPENAI)
        for name in ("patches", "tiles", "gpt-5.4", "gpt-5.5", "gpt-5.6")
    ),
    *(
        Treatment(name, "ignored", VLLM)
        for name in ("Qwen3-VL", "Qwen-VL", "InternVL", "Pixtral", "Gemma", "GLM-V")
    ),
    Treatment("Claude", "ignored", CLAUDE),
)
"""Of Gemini, and of what is in no family, nobody says anything."""


def treatment(provider: str, model: str) -> Treatment | None:
    """Return what becomes of `detail` at a provider and for a model; None where nobody knows.

    >>> treatment("OVHcloud", "Qwen2.5-VL-72B-Instruct").fate
    'refused'
    >>> treatment("somebody", "Qwen2.5-VL-72B-Instruct").fate
    'ignored'
    """
    known = {one.name: one for one in FAMILIES}.get(family(model).name)
    return {one.name: one for one in PROVIDERS}.get(provider, known)
