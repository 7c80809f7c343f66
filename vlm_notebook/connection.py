"""The connection: settings -> the endpoint that is asked, or the embedded model in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.endpoint import Endpoint

if TYPE_CHECKING:
    from vlm_notebook.chat.settings import Settings

EMBEDDED_NAME = "the embedded model"


def endpoint(
    settings: Settings, timeout_s: float, http_client: Any = None, *, total_s: float | None = None
) -> Endpoint:
    """Return whom to ask; the embedded model answers the same protocol, without a network.

    Args:
        settings: the address and the key.
        timeout_s: the longest silence, in seconds, before and within an answer.
        http_client: an `httpx2.AsyncClient` of the user's own.
        total_s: the longest whole answer, in seconds; if None, many silences.

    Raises:
        VlmError: `total_s` is no number of seconds.
    """
    if settings.base_url is None:
        from vlm_notebook.offline import transport

        embedded = transport.http_client()
        return Endpoint(
            transport.BASE_URL, total_s=total_s, http_client=embedded, name=EMBEDDED_NAME
        )
    return Endpoint(
        settings.base_url,
        settings.api_key,
        timeout_s=timeout_s,
        total_s=total_s,
        http_client=http_client,
    )
