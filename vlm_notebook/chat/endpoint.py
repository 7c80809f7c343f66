"""One request in, a stream of deltas out; the only module that knows the openai SDK."""

from __future__ import annotations

import asyncio
import json
import os
import weakref
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from vlm_notebook.chat import body, refusal
from vlm_notebook.chat.delta import Delta
from vlm_notebook.chat.engine import before_end
from vlm_notebook.chat.settings import OPENAI_URL
from vlm_notebook.chat.sse import EventReader
from vlm_notebook.chat.stencil import Stencil
from vlm_notebook.errors import ConnectError, EndpointError, StreamError, VlmError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from openai import AsyncOpenAI

    from vlm_notebook.chat.message import Request

NO_KEY = "no-key"
"""Sent where no key was given: local servers do not look at it, but the SDK insists on one."""

MAX_LIST_BYTES = 20_000_000
MAX_BODY_BYTES = 8_000_000

_GAVE_UP = frozenset({"error", "abort"})
"""The `finish_reason` of a server that failed in the middle (OpenRouter, vLLM)."""


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
        parts = urlsplit(base_url)
        self.host = name or parts.hostname or base_url
        self._api_key = api_key
        self._secrets = (*filter(None, (api_key, parts.password)),)
        self._timeout_s = timeout_s
        self._http_client = http_client
        self._sdk: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r})"

    def __reduce__(self) -> NoReturn:
        raise VlmError("a client may hold a key and is not pickled: make one where it is needed")

    @property
    def address(self) -> str:
        """The base URL without what may be secret in it: user, password and query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def _open(self) -> AsyncOpenAI:
        """Make the SDK's client at the first request; its connections belong to the loop."""
        loop = asyncio.get_running_loop()
        if self._sdk is None or self._loop is not loop:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient

            # No redirects: pictures stay with the host that was named. And the SDK's own client
            # would close itself on whichever loop the garbage collector happens to run in.
            http_client = self._http_client or DefaultAsyncHttpxClient(follow_redirects=False)
            self._sdk = AsyncOpenAI(
                base_url=self.base_url,
                api_key=self._api_key or NO_KEY,
                timeout=self._timeout_s,
                max_retries=0,
                http_client=http_client,
            )
            if self.base_url not in {OPENAI_URL, os.environ.get("OPENAI_BASE_URL", "").rstrip("/")}:
                _without_environment(self._sdk)
            self._loop = loop
            _OPEN[self] = loop
            if self._http_client is None:
                weakref.finalize(self, _close_on, loop, self._sdk).atexit = False
        return self._sdk

    async def close(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            await self._sdk.close()
            self._sdk = None

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Send the request and give the answer's pieces as they arrive.

        One of the last carries the `finish`; once it is there nothing that follows can fail.
        Closing the iterator closes the connection.

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
                    started = True
                    finished = finished or delta.finish not in {None, *_GAVE_UP}
                    yield delta
        except EndpointError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            failed = self._ours(error, started=started)
        # Raised out here, a foreign error that may quote the key is not even its `__context__`.
        if failed and not finished:
            raise failed

    async def _deltas(self, request: Request) -> AsyncGenerator[Delta]:
        sent = request.body()
        known = {name: sent.pop(name) for name in ("model", "messages", "stream", "stream_options")}
        create = self._open().chat.completions.with_streaming_response.create
        async with (
            create(**known, extra_body=sent or None) as response,
            aclosing(body.pieces_of(response)) as pieces,
        ):
            first = await body.first(pieces)
            # Told by the first byte: servers give JSON, events and pages any content type.
            if first.startswith(b"<"):
                raise StreamError(
                    f"{self.host} sent a web page instead of an answer: check the base URL"
                )
            read = self._whole if first.startswith((b"{", b"[")) else self._events
            async with aclosing(read(body.chained(first, pieces))) as deltas:
                async for delta in deltas:
                    yield delta

    async def _events(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Delta]:
        reader, stencil, held, finish = EventReader(), Stencil(self._delta), "", None
        async for piece in pieces:
            for data in filter(None, map(bytes.strip, reader.feed(piece))):
                if data == b"[DONE]":
                    if not finish:
                        yield Delta("\ufffd" if held else "", finish="stop")
                    return
                delta, held = stencil.read(data).after(held)
                finish = finish or delta.finish
                if delta:
                    yield delta
                if finish in _GAVE_UP:
                    raise self._gave_up()
        if not finish:
            raise self._incomplete()

    async def _whole(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[Delta]:
        """Read an answer that came in one piece though a stream was asked for."""
        delta, _ = self._delta(await body.joined(pieces, MAX_BODY_BYTES)).after("")
        if delta:
            yield delta
        if delta.finish in _GAVE_UP:
            raise self._gave_up()
        if not delta.finish:
            raise self._incomplete()

    def _delta(self, data: bytes) -> Delta:
        try:
            payload = json.loads(data.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            payload = None
        if not isinstance(payload, dict):
            raise StreamError(
                f"{self.host} sent something that is no part of an answer: check that the base "
                "URL is an OpenAI-compatible one; the text so far is in .answer"
            )
        if failed := refusal.in_stream(payload, host=self.host, secrets=self._secrets):
            raise failed
        return Delta.of_json(payload)

    def _incomplete(self) -> StreamError:
        return StreamError(
            f"{self.host} ended the answer without saying that it is complete: "
            "the text so far is in .answer; ask again"
        )

    def _gave_up(self) -> StreamError:
        return StreamError(
            f"{self.host} gave up in the middle of the answer: "
            "the text so far is in .answer; ask again"
        )

    def _ours(self, error: Exception, *, started: bool) -> EndpointError:
        from openai import APIStatusError

        if not isinstance(error, APIStatusError):
            return refusal.of_exception(
                error, host=self.host, secrets=self._secrets, started=started
            )
        payload = error.body if error.body is not None else error.response.content
        headers = {name.lower(): value for name, value in error.response.headers.items()}
        return refusal.of_status(
            error.status_code, payload, headers, host=self.host, secrets=self._secrets
        )

    async def models(self) -> Any:
        """Return what `GET /models` says, as plain JSON.

        Raises:
            EndpointError: as for `stream`.
        """
        try:
            async with (
                self._open().models.with_streaming_response.list() as response,
                aclosing(body.pieces_of(response)) as pieces,
            ):
                data = await body.joined(pieces, MAX_LIST_BYTES)
        except EndpointError:
            raise
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            failed = self._ours(error, started=False)
        else:
            return self._list(data)
        raise failed

    def _list(self, data: bytes) -> Any:
        try:
            listed = json.loads(data)
        except (ValueError, RecursionError):
            listed = None
        if not isinstance(listed, dict | list):
            raise ConnectError(f"{self.host} has no list of models at /models: check the base URL")
        named = isinstance(listed, list) or "data" in listed or "models" in listed
        if not named and (reason := refusal.worded(listed, self._secrets)):
            raise ConnectError(f"{self.host} lists no models ({reason}): check base URL and key")
        return listed


_OPEN: weakref.WeakKeyDictionary[Endpoint, asyncio.AbstractEventLoop]
_OPEN = weakref.WeakKeyDictionary()


async def _close_open() -> None:
    """Close the connections that belong to this loop, which is about to end."""
    loop = asyncio.get_running_loop()
    for endpoint in [endpoint for endpoint, home in _OPEN.items() if home is loop]:
        await endpoint.close()


before_end(_close_open)


def _without_environment(sdk: AsyncOpenAI) -> None:
    """Drop what the SDK takes from OPENAI_* variables: it concerns OpenAI and nobody else."""
    sdk.organization = sdk.project = None
    sdk._custom_headers = {}  # noqa: SLF001 - OPENAI_CUSTOM_HEADERS, which nothing public undoes


def _close_on(loop: asyncio.AbstractEventLoop, sdk: AsyncOpenAI) -> None:
    """Close the connections of an endpoint that nobody holds any more, on their own loop."""
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(sdk.close(), loop)
