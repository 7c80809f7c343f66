"""One request in, a stream of deltas out; the only module that knows the openai SDK."""

from __future__ import annotations

import asyncio
import json
import re
import time
import weakref
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vlm_notebook.chat import refusal
from vlm_notebook.chat.delta import Delta
from vlm_notebook.chat.sse import EventReader
from vlm_notebook.errors import ConnectError, EndpointError, StreamError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from openai import AsyncOpenAI

    from vlm_notebook.chat.message import Request

NO_KEY = "no-key"
"""Sent where no key was given: local servers do not look at it, but the SDK insists on one."""

MAX_LIST_BYTES = 20_000_000
MAX_BODY_BYTES = 8_000_000

_SECONDS = re.compile(r"\d{1,7}(\.\d{1,3})?", re.ASCII)
_FAILED = frozenset({"error", "abort"})
"""The `finish_reason` of servers that gave up in the middle (OpenRouter, vLLM)."""


class Endpoint:
    """An OpenAI-compatible server.

    It holds no state of any stream, so that many can run at once.

    Args:
        base_url: up to and without `/chat/completions`.
        api_key: the key, or None for a server that wants none.
        timeout_s: the longest silence, in seconds, before and within an answer.
        http_client: an `httpx2.AsyncClient` of the user's own, for proxies and certificates.
        name: what messages call it; its host if not given.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 60.0,
        http_client: Any = None,
        name: str | None = None,
    ) -> None:
        self.base_url = base_url
        self.host = name or urlsplit(base_url).hostname or base_url
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._http_client = http_client
        self._sdk: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r})"

    def __reduce__(self) -> NoReturn:
        raise VlmError("a client holds a key and is not pickled: make one where it is needed")

    @property
    def address(self) -> str:
        """The base URL without what may be secret in it: user, password and query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (self._api_key,) if self._api_key else ()

    def _open(self) -> AsyncOpenAI:
        """Make the SDK's client at the first request; its connections belong to that loop."""
        loop = asyncio.get_running_loop()
        if self._sdk is None or self._loop is not loop:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient

            # Pictures and key stay with the host that the user named; and without a client of
            # our own the SDK would close its own on whatever loop the garbage collector runs in.
            http_client = self._http_client or DefaultAsyncHttpxClient(follow_redirects=False)
            self._loop, self._sdk = loop, AsyncOpenAI(
                base_url=self.base_url,
                api_key=self._api_key or NO_KEY,
                timeout=self._timeout_s,
                max_retries=0,
                http_client=http_client,
            )
            if http_client is not self._http_client:
                weakref.finalize(self, _close_on, loop, self._sdk).atexit = False
        return self._sdk

    async def close(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            await self._sdk.close()
            self._sdk = None

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Send the request and give the answer's pieces as they arrive.

        The last delta carries the `finish`. Closing the iterator closes the connection.

        Raises:
            ConnectError: no connection, or no answer in time.
            AuthError, RateLimitError, StatusError: the server refused.
            StreamError: the answer broke off, or ended without saying that it is complete.
        """
        started = finished = False
        failed: EndpointError | None = None
        try:
            async with aclosing(self._deltas(request)) as deltas:
                async for delta in deltas:
                    started, finished = True, finished or delta.finish is not None
                    yield delta
        except EndpointError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            failed = self._ours(error, started=started)
        # Raised out here, a foreign error that may hold the key is not even its `__context__`.
        if failed and not finished:
            raise failed

    async def _deltas(self, request: Request) -> AsyncGenerator[Delta]:
        body = request.body()
        known = {name: body.pop(name) for name in ("model", "messages", "stream", "stream_options")}
        create = self._open().chat.completions.with_streaming_response.create
        async with (
            create(**known, extra_body=body or None) as response,
            aclosing(_with_first(response.iter_bytes())) as pieces,
        ):
            first = await anext(pieces, b"")
            web_page = first.startswith(b"<")
            # Told by its first byte: servers give all three any content type.
            reading = self._whole if first.startswith((b"{", b"[")) else self._events
            async with aclosing(reading(first, pieces)) as deltas:
                async for delta in deltas:
                    yield delta
                    
    async def _events(self, first: bytes, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Delta]:
        reader = EventReader()
        TODO

    def _delta(self, data: bytes) -> Delta:
        try:
            payload = json.loads(data.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise StreamError(
                f"{self.host} sent something that is not JSON: check that the base URL is an "
                "OpenAI-compatible one"
            ) from None
        if not isinstance(payload, dict):
            return Delta()
        if failed := refusal.in_stream(payload, host=self.host, secrets=self._secrets):
            raise failed
        return Delta.of_json(payload)

    def _incomplete(self, kind: str) -> StreamError:
        if "html" in kind:
            return StreamError(
                f"{self.host} sent a web page instead of an answer: check the base URL"
            )
        return StreamError(
            f"{self.host} ended the answer without saying that it is complete: "
            "the text so far is in .answer; ask again"
        )

    def _ours(self, error: Exception, *, started: bool) -> EndpointError:
        from openai import APIStatusError

        if not isinstance(error, APIStatusError):
            return refusal.of_exception(
                error, host=self.host, secrets=self._secrets, started=started
            )
        body = error.body if error.body is not None else error.response.content
        ours = refusal.of_status(error.status_code, body, host=self.host, secrets=self._secrets)
        asked = error.response.headers.get("retry-after", "")
        if ours.retry_after_s is not None and asked.isdigit():
            ours.retry_after_s = min(float(asked), self._timeout_s)
        return ours

    async def models(self) -> Any:
        """Return what `GET /models` says, as plain JSON.

        Raises:
            EndpointError: as for `stream`.
        """
        try:
            async with self._open().models.with_streaming_response.list() as response:
                return json.loads(await _joined(response.iter_bytes(), MAX_LIST_BYTES))
        except (ValueError, RecursionError):
            raise ConnectError(
                f"{self.host} has no list of models at /models: check the base URL"
            ) from None
        except EndpointError:
            raise
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            raise self._ours(error, started=False) from None


async def _joined(pieces: AsyncIterator[bytes], max_bytes: int) -> bytes:
    data = bytearray()
    async for piece in pieces:
        data += piece
        if len(data) > max_bytes:
            raise StreamError(f"the server sent over {max_bytes / 1e6:.0f} MB: check the base URL")
    return bytes(data)
