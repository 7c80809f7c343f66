"""Where to ask, as arguments, environment, `.env` and keyring say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vlm_notebook import detail as levels
from vlm_notebook.chat import dotenv
from vlm_notebook.chat.secret import Secret, from_keyring
from vlm_notebook.errors import ConnectError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPENAI_URL = "https://api.openai.com/v1"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Servers of this machine want no key, and its keyring is not opened for them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to ask.

    Attributes:
        base_url: the endpoint's address, or None for the embedded model.
        key: its key, empty where there is none.
        model: the model's id, or None where none was named.
    """

    base_url: str | None
    key: Secret
    model: str | None

    @property
    def api_key(self) -> str | None:
        """The key itself, or None."""
        return self.key.reveal() or None

    @classmethod
    def found(cls, base_url: str | None, api_key: Any, model: str | None) -> Settings:
        """Return the first found of the arguments, VLM_* and OPENAI_*, else the embedded model.

        A variable may stand in the environment or else in a `.env`; where no key is found, the
        keyring may have one for the host. The key "?" is asked for.

        A key goes to the address that it was set for and to no other: `VLM_API_KEY` to
        `VLM_BASE_URL` (without one, wherever asked), `OPENAI_API_KEY` to `OPENAI_BASE_URL`
        (without one, to OpenAI). No address out of a `.env` is sent a key of the environment:
        the file may have come with a folder from anywhere.

        Raises:
            ConnectError: the base URL is no http(s) address.
            AuthError: the key holds what cannot stand in a header, or none was typed.
        """
        key = api_key = Secret(api_key)
        sources = tuple(_sources())
        names = (model, *(source.model for source in sources))
        model = next(filter(None, names), None)
        if model == levels.EMBEDDED and not base_url:
            return cls(None, Secret(None), model)
        urls = (base_url, *(source.base_url for source in sources))
        if not (any(urls) or key or any(source.key for source in sources)):
            return cls(None, Secret(None), model or levels.EMBEDDED)
        address = _address(next(filter(None, urls), OPENAI_URL))
        from_file = not base_url and next((s.is_file for s in sources if s.base_url), False)
        if not key:
            meant = (s.key for s in sources if s.key and s.goes_to(address, from_file=from_file))
            key = next(meant, None) or _kept(address)
        return cls(address, key.checked(), model)


@dataclass(frozen=True, slots=True)
class _Source:
    """The variables of one prefix in one place."""

    base_url: str
    key: Secret
    model: str
    home: str
    is_file: bool

    def goes_to(self, address: str, *, from_file: bool) -> bool:
        """Tell whether the key was set for an address; an empty home is wherever one asks."""
        home = self.base_url or self.home
        return _address(home) == address if home else self.is_file or not from_file


def _sources() -> Iterator[_Source]:
    """Give the environment and `.env`, ours before OpenAI's, what stands in both but once."""
    written = {name: value for name, value in dotenv.found().items() if name not in os.environ}
    for prefix, home in (("VLM", ""), ("OPENAI", OPENAI_URL)):
        for values, is_file in ((os.environ, False), (written, True)):
            yield _source(values, prefix, home, is_file=is_file)


def _source(values: Mapping[str, str], prefix: str, home: str, *, is_file: bool) -> _Source:
    base_url = values.get(f"{prefix}_BASE_URL", "")
    key = Secret(values.get(f"{prefix}_API_KEY", ""))
    model = values.get(f"{prefix}_MODEL", "") if prefix == "VLM" else ""
    return _Source(base_url, key, model, home, is_file)


def _kept(address: str) -> Secret:
    host = urlsplit(address).hostname or ""
    return Secret(None) if host in _LOOPBACK else from_keyring(host)


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
