"""The default client, which the module's functions ask, and the functions."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.secret import Secret
from vlm_notebook.client import Client

if TYPE_CHECKING:
    from vlm_notebook.chat.answer import Answer

_default: Client | None = None
_default_lock = Lock()


def default_client() -> Client:
    """Return the client that the module's functions use, made from the environment at first."""
    global _default  # noqa: PLW0603 - one default client is the contract
    with _default_lock:
        if _default is None:
            _default = Client()
        return _default


def connect(
    base_url: str | None = None, api_key: str | Secret | None = None, **options: Any
) -> Client:
    """Make a client, as `Client` does, the one that the module's functions use from now on."""
    global _default  # noqa: PLW0603 - one default client is the contract
    api_key = Secret(api_key)  # from here on no traceback with locals shows it
    client = Client(base_url, api_key, **options)
    with _default_lock:
        _default = client
    return client


def ask(prompt: str, *images: Any, **options: Any) -> Answer:
    """Ask the default client about pictures; see `Client.ask`."""
    return default_client().ask(prompt, *images, **options)


def describe(image: Any, **options: Any) -> Answer:
    """Ask the default client for a description; see `Client.describe`."""
    return default_client().describe(image, **options)


def compare(*images: Any, **options: Any) -> Answer:
    """Ask the default client to compare pictures; see `Client.compare`."""
    return default_client().compare(*images, **options)
