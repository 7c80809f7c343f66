"""One request in, a stream of deltas out; the only module that knows the openai SDK."""

from __future__ import annotations

import asyncio
import json
import os
import weakref
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from vlm_notebook.chat import body, deadline, refusal
from vlm_notebook.chat.breakage import of_exception
from vlm_notebook.chat.engine import before_end
from vlm_notebook.chat.intake import Intake
from vlm_notebook.chat.opening import Opening, Refused, check_encoding, watched
from vlm_notebook.chat.reading import Reading
from vlm_notebook.chat.secret import Secret
from vlm_notebook.chat.settings import OPENAI_URL
from vlm_notebook.chat.watch import Watch
from vlm_notebook.errors import ConnectError, EndpointError, VlmError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from openai import AsyncOpenAI

    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.message import Request

NO_KEY = "no-key"
"""Sent where no key was given: local servers do not look at it, but the SDK insists on one."""

MAX_LIST_BYTES = 20_000_000


class Endpoint:
    """An OpenAI-compatible server.

    It holds no state of any stream, so that many can run at once.

    Args:
        base_url: up to and without `/chat/completions`.
        api_key: the key, or None for a server that wants none.
        timeout_s: the longest silence, in seconds, before and within an answer. Keep-alives
            alone are waited for `IDLE_SILENCES` times as long.
        total_s: the longest whole answer, in seconds; if None, `TOTAL_SILENCES` times timeout_s,
            so that a server that never ends one cannot hold a cell for ever.
        http_client: an `httpx2.AsyncClient` of the user's own, for proxies and certificates.
        name: what messages call it; its host if not given.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 60.0,
        total_s: float | None = None,
        http_client: Any = None,
        name: str | None = None,
    ) -> None:
        self.base_url = base_url
        try:
            parts = urlsplit(base_url)
        except ValueError:
            raise ConnectError(
                "base_url is no address: give one such as https://api.example.org/v1"
            ) from None
        self.host = name or parts.hostname or base_url
        self._key = Secret(api_key)
        self._timeout_s = timeout_s
        self.total_s = deadline.seconds(total_s)
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

    @property
    def _secrets(self) -> tuple[str, ...]:
        """What must not stand in a message; made when it is needed, so that nothing prints it."""
        return (*filter(None, (self._key.reveal(), urlsplit(self.base_url).password)),)

    def _open(self) -> AsyncOpenAI:
        """Make the SDK's client at the first request; its connections belong to the loop."""
        loop = asyncio.get_running_loop()
        if self._sdk is None or self._loop is not loop:
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient

            # No redirects: pictures stay with the host that was named. And the SDK's own client
            # would close itself on whichever loop the garbage collector happens to run in.
            own = self._http_client or DefaultAsyncHttpxClient(follow_redirects=False)
            self._sdk = AsyncOpenAI(
                base_url=self.base_url,
                api_key=self._key.reveal() or NO_KEY,
                timeout=self._timeout_s,
                max_retries=0,
                http_client=watched(own),
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
        failed: EndpointError | None = None
        watch = Watch(self.host, self._timeout_s, self.total_s)
        reading = Reading(host=self.host, secrets=self._secrets, watch=watch)
        try:
            async with aclosing(self._batches(request, watch, reading)) as batches:
                async for deltas in batches:
                    for delta in deltas:
                        yield delta
        except EndpointError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            failed = self._ours(error, started=watch.started)
        # Raised out here, a foreign error that may quote the key is not even its `__context__`;
        # and frames that hold what the server said, which may quote it too, are let go.
        if failed and not reading.complete:
            raise failed.with_traceback(None)

    async def _reply(self, manager: Any, watch: Watch) -> Any:
        opening = Opening(self._timeout_s, watch.opening_s)
        response = await opening.response(manager)
        watch.begins()
        return response

    async def _batches(
        self, request: Request, watch: Watch, reading: Reading
    ) -> AsyncGenerator[list[Delta]]:
        sent = request.body()
        names = ("model", "messages", "stream", "stream_options")
        known = {name: sent.pop(name) for name in names if name in sent}
        create = self._open().chat.completions.with_streaming_response.create
        manager = create(**known, extra_body=sent or None)
        try:
            response = await self._reply(manager, watch)
            check_encoding(response, self.host)
            async with (
                aclosing(Intake(body.pieces_of(response), watch.joined).pieces()) as pieces,
                aclosing(reading.batches(pieces)) as batches,
            ):
                async for deltas in batches:
                    yield deltas
        finally:
            await manager.__aexit__(None, None, None)

    def _ours(self, error: Exception, *, started: bool) -> EndpointError:
        known: dict[str, Any] = {"host": self.host, "secrets": self._secrets}
        if isinstance(error, Refused):
            payload = refusal.loaded(error.content)
            return refusal.of_status(error.status, payload, error.headers, **known)
        return of_exception(error, started=started, **known)

    async def models(self) -> Any:
        """Return what `GET /models` says, as plain JSON.

        Raises:
            EndpointError: as for `stream`.
        """
        watch = Watch(self.host, self._timeout_s, self.total_s)
        try:
            return self._list(await self._listed(watch))
        except EndpointError as error:
            failed = error
        except Exception as error:  # noqa: BLE001 - no foreign error may reach the user
            failed = self._ours(error, started=False)
        raise failed.with_traceback(None)

    async def _listed(self, watch: Watch) -> bytes:
        manager = self._open().models.with_streaming_response.list()
        try:
            response = await self._reply(manager, watch)
            check_encoding(response, self.host)
            async with (
                aclosing(Intake(body.pieces_of(response), watch.joined).pieces()) as pieces,
                aclosing(watch.over(pieces)) as heard,
            ):
                return await body.joined(heard, MAX_LIST_BYTES)
        finally:
            await manager.__aexit__(None, None, None)

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
