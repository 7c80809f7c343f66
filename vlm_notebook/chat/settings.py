"""Where to ask, as arguments and environment say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from vlm_notebook import detail as levels
from vlm_notebook.errors import AuthError, ConnectError

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
        """Return the first found of the arguments, VLM_* and OPENAI_*, else the embedded model.

        A key from the environment goes to the address that it was set for and to no other:
        `VLM_API_KEY` to `VLM_BASE_URL` (without one, wherever asked), `OPENAI_API_KEY` to
        `OPENAI_BASE_URL` (without one, to OpenAI).

        Raises:
            ConnectError: the base URL is no http(s) address.
            AuthError: the key holds what cannot stand in a header.
        """
        env = os.environ.get
        model = model or env("VLM_MODEL") or None
        if model == levels.EMBEDDED and not base_url:
            return cls(None, None, model)
        urls = (base_url, env("VLM_BASE_URL"), env("OPENAI_BASE_URL"))
        keys = (api_key, env("VLM_API_KEY"), env("OPENAI_API_KEY"))
        if not any((*urls, *keys)):
            return cls(None, None, model or levels.EMBEDDED)
        address = _address(next(filter(None, urls), OPENAI_URL))
        homes = (address, urls[1] or address, urls[2] or OPENAI_URL)
        meant = (key for key, home in zip(keys, homes, strict=True) if _address(home) == address)
        return cls(address, _key(next(filter(None, meant), "")), model)


def _address(base_url: str) -> str:
    address = base_url.strip().rstrip("/").removesuffix("/chat/completions")
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a bad port or bracket
        good = False
    if not good:
        raise ConnectError("base_url is no address: give one such as https://api.example.org/v1")
    return address


def _key(api_key: str) -> str | None:
    key = api_key.strip()
    if not all("!" <= char <= "~" for char in key):
        raise AuthError("the key holds a space or a character that no key has: copy it again")
    return key or None
