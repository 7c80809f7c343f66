"""Ways to read a streamed answer, each to its end."""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from openai import AsyncOpenAI

from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.exchange import exchange
from vlm_notebook.chat.message import Message, Request
from vlm_notebook.markup.card import Card
from vlm_notebook.view.live import LiveAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vlm_notebook.chat.delta import Delta

    Way = Callable[[str], Awaitable[None]]

_FOLDER = TemporaryDirectory()
"""For what llm would write into the user's home."""

TYPED = "openai: `stream=True`"


def ways(url: str) -> dict[str, Way]:
    """Return every way that can run here, by name."""
    return {**_ours(url), **_openai(url), **_others(url)}


def _request(model: str) -> Request:
    return Request(model, (Message.of_text("user", "hi"),))


def _ours(url: str) -> dict[str, Way]:
    endpoint = Endpoint(url, "key")

    async def read(model: str) -> None:
        async for _ in endpoint.stream(_request(model)):
            pass

    async def shown(model: str) -> None:
        live = LiveAnswer(Card())
        feed: Callable[[Delta], None] = live.feed
        request = _request(model)
        await exchange(endpoint, request, Draft(request, detail="auto"), on_delta=feed)
        live.close()

    return {"ours: `Delta`": read, "ours: to the widget's messages": shown}


def _openai(url: str) -> dict[str, Way]:
    create = AsyncOpenAI(base_url=url, api_key="key").chat.completions

    def asked(model: str) -> dict[str, Any]:
        content = [{"role": "user", "content": "hi"}]
        return {"model": model, "messages": content, "stream": True}

    async def typed(model: str) -> None:
        async for piece in await create.create(**asked(model)):
            _ = piece.choices[0].delta.content

    async def raw(model: str) -> None:
        async with create.with_streaming_response.create(**asked(model)) as response:
            async for _ in response.iter_bytes():
                pass

    async def lines(model: str) -> None:
        async with create.with_streaming_response.create(**asked(model)) as response:
            async for _ in response.iter_lines():
                pass

    return {
        TYPED: typed,
        "openai: `with_streaming_response`, bytes": raw,
        "openai: `with_streaming_response`, lines": lines,
    }


def _others(url: str) -> dict[str, Way]:
    found: dict[str, Way] = {}
    with suppress(ImportError):
        from chatlas import ChatOpenAICompletions

        async def chat(model: str) -> None:
            client = ChatOpenAICompletions(base_url=url, model=model, api_key="key")
            for _ in client.stream("hi"):
                pass

        found["chatlas"] = chat
    os.environ["LLM_USER_PATH"] = _FOLDER.name
    with suppress(ImportError):
        from llm.default_plugins.openai_models import Chat

        async def prompt(model: str) -> None:
            for _ in Chat(model, model_name=model, api_base=url).prompt("hi", key="key"):
                pass

        found["llm"] = prompt
    return found
