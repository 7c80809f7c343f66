"""An endpoint is asked, and the deltas of its answer are collected."""

from __future__ import annotations

import traceback
from contextlib import aclosing

import pytest
from model_server import Reply

from vlm_notebook.chat.endpoint import Endpoint
from vlm_notebook.chat.engine import engine
from vlm_notebook.chat.message import Message, Request

KEY = "sk-planted-0123456789abcdefghij"
REQUEST = Request("some/model", (Message.of_text("user", "Hello?"),))
USAGE = {"prompt_tokens": 9, "completion_tokens": 2}
ERROR = {"error": {"message": "overloaded", "code": 529}}


async def collect(asked, request, kept):
    async with aclosing(asked.stream(request)) as deltas:
        async for delta in deltas:
            kept.append(delta)


def ask(server, *replies, kept=None, request=REQUEST, **options):
    """Return the deltas, which `kept` holds as well when the answer breaks off."""
    kept = [] if kept is None else kept
    server.says(*(Reply(r) if isinstance(r, bytes) else r for r in replies))
    asked = Endpoint(server.base_url, KEY, timeout_s=options.pop("timeout_s", 10.0), **options)
    engine().submit(collect(asked, request, kept)).result(20)
    return kept


def text_of(deltas):
    return "".join(delta.text for delta in deltas)


def fails(server, kind, *replies, **options):
    with pytest.raises(kind) as caught:
        ask(server, *replies, **options)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert server.base_url.rpartition(":")[0].removeprefix("http://") in str(caught.value)
    return str(caught.value)


def leaks(error, *secrets):
    """Every place where an error may show a secret: itself and its chain, however printed."""
    seen, stack = set(), [error]
    while stack:
        one = stack.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        stack += [one.__cause__, one.__context__]
        shown = [str(one), repr(one), repr(vars(one)), *traceback.format_exception(one)]
        if any(secret in line for secret in secrets for line in shown):
            yield one
