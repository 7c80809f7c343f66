"""Where to ask, as arguments and environment say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from vlm_notebook import detail as levels

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to ask.

    Attributes:
        base_url: the endpoint's address, or None for the embedded model.
        api_key: its key, or None.
        model: the model's id, or None where none was named.
    """

    base_url: str | None
    api_key: str | None = field(repr=False)
    model: str | None

    @classmethod
    def found(cls, base_url: str | None, api_key: str | None, model: str | None) -> Settings:
        """Return the first found of the arguments, VLM_* and OPENAI_*, else the embedded model."""
        env = os.environ.get
        model = model or env("VLM_MODEL")
        if model == levels.EMBEDDED:
            return cls(None, None, model)
        if not (base_url or api_key):
            base_url, api_key = env("VLM_BASE_URL"), env("VLM_API_KEY")
        if not (base_url or api_key):
            base_url, api_key = env("OPENAI_BASE_URL"), env("OPENAI_API_KEY")
        if not (base_url or api_key):
            return cls(None, None, model or levels.EMBEDDED)
        return cls(
            (base_url or OPENAI_URL).strip().rstrip("/"), (api_key or "").strip() or None, model
        )
