"""An endpoint's models: its list, page by page, what it says of them elsewhere, and a memory."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from vlm_notebook.chat import body
from vlm_notebook.models.catalog import ModelCard, cards
from vlm_notebook.models.local import Inquiry, inquiries, told

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from vlm_notebook.chat.endpoint import Endpoint

KEPT_S = 300.0
"""A list is read again after so many seconds; a new model is there within one coffee."""

DEADLINE_S = 5.0
"""For everything beside the list itself: who has not answered by then is not waited for."""

MAX_PAGES = 20
MAX_ANSWER_BYTES = 8_000_000
_AT_ONCE = 8


class Listing:
    """What an endpoint offers, asked once and kept for `KEPT_S` seconds.

    Args:
        endpoint: whom to ask.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._cards: tuple[ModelCard, ...] = ()
        self._read_s: float | None = None

    def __repr__(self) -> str:
        return f"Listing({len(self._cards)} models)"

    def card(self, model: str) -> ModelCard | None:
        """Return what was read of a model; None before a list was read, or if it is not in it."""
        return next((card for card in self._cards if card.id == model), None)

    async def cards(self, *, refresh: bool = False) -> list[ModelCard]:
        """Return the endpoint's models.

        Raises:
            EndpointError: the endpoint gives no list.
        """
        if refresh or self._read_s is None or time.monotonic() - self._read_s > KEPT_S:
            self._cards = tuple(await read(self._endpoint))
            self._read_s = time.monotonic()
        return list(self._cards)


async def read(endpoint: Endpoint) -> list[ModelCard]:
    """Ask an endpoint for its models, and where need be about them.

    Only the list itself may fail; what else is asked goes to the same server, with little time,
    and what it does not answer stays unknown.

    Raises:
        EndpointError: the endpoint gives no list.
    """
    payload = await endpoint.models()
    found = cards(payload)
    if not inquiries(found) and not _next_page(payload, endpoint.base_url):
        return found
    answers: dict[Inquiry, Any] = {}
    try:
        async with asyncio.timeout(DEADLINE_S), _Beside.of(endpoint) as beside:
            found = await beside.further(payload, found)
            answers = dict.fromkeys(inquiries(found))
            await beside.ask(answers)
    except TimeoutError:
        pass
    for inquiry, answer in answers.items():
        found = [told(card, inquiry, answer) for card in found]
    return found


def _next_page(payload: Any, base_url: str) -> str | None:
    """Return where a list goes on, if it does and on the same server."""
    if not isinstance(payload, dict):
        return None
    here = f"{base_url.rstrip('/')}/models"
    following, last = payload.get("next"), payload.get("last_id")
    if isinstance(following, str) and following:
        url = urljoin(here, following)
        return url if urlsplit(url)[:2] == urlsplit(here)[:2] else None
    if payload.get("has_more") is True and isinstance(last, str):
        # Anthropic's name for it, and OpenAI's; each passes over the other's.
        return f"{here}?after_id={quote(last)}&after={quote(last)}"
    return None


class _Beside:
    """Asks a server for more than the SDK knows of, and makes nothing of failures."""

    def __init__(self, http: Any, endpoint: Endpoint) -> None:
        self._http = http
        self._base = endpoint.base_url.rstrip("/")
        self._root = self._base.removesuffix("/v1")
        key = endpoint._key.reveal()  # noqa: SLF001 - it goes where the endpoint's requests go
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    @classmethod
    @asynccontextmanager
    async def of(cls, endpoint: Endpoint) -> AsyncGenerator[_Beside]:
        """Use the user's own HTTP client, with its proxies and certificates, or one for now."""
        own = endpoint._http_client  # noqa: SLF001 - likewise
        if own is not None:
            yield cls(own, endpoint)
            return
        import httpx2

        async with httpx2.AsyncClient(follow_redirects=False, timeout=DEADLINE_S) as http:
            yield cls(http, endpoint)

    async def further(self, payload: Any, found: list[ModelCard]) -> list[ModelCard]:
        """Read the list's further pages."""
        for _ in range(MAX_PAGES):
            url = _next_page(payload, self._base)
            payload = await self._json("GET", url) if url else None
            known = {card.id for card in found}
            new = [card for card in cards(payload) if card.id not in known]
            if not new:
                break
            found = [*found, *new]
        return found

    async def ask(self, answers: dict[Inquiry, Any]) -> None:
        """Fill in the answers, a few questions at a time."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(inquiry: Inquiry) -> None:
            async with turn:
                url, model = f"{self._root}{inquiry.path}", inquiry.model
                told = {"model": model} if model else None
                answers[inquiry] = await self._json("POST" if told else "GET", url, told)

        async with asyncio.TaskGroup() as group:
            for inquiry in answers:
                group.create_task(one(inquiry))

    async def _json(self, method: str, url: str, sent: dict[str, str] | None = None) -> Any:
        """Return what a server answers, or None for anything but JSON with a status of 200."""
        asked = {"headers": self._headers, "follow_redirects": False, "timeout": DEADLINE_S}
        try:
            async with self._http.stream(method, url, json=sent, **asked) as response:
                if response.status_code != 200:  # noqa: PLR2004 - OK (RFC 9110)
                    return None
                return json.loads(await body.joined(response.aiter_bytes(), MAX_ANSWER_BYTES))
        except Exception:  # noqa: BLE001 - whatever it was, the model's vision stays unknown
            return None
