"""One exchange: a request goes out, its deltas are passed on, an answer is what remains."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import count
from typing import TYPE_CHECKING

from vlm_notebook.chat.engine import CANCELLED
from vlm_notebook.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from vlm_notebook.chat.answer import Answer, Draft
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.endpoint import Endpoint
    from vlm_notebook.chat.message import Request

FIRST_WAIT_S = 0.5
"""Doubled with every further try."""

MAX_WAIT_S = 60.0
"""Who is told to wait longer than this is told so, instead of waiting without a word."""


async def exchange(
    endpoint: Endpoint,
    request: Request,
    draft: Draft,
    *,
    on_delta: Callable[[Delta], None] = lambda _: None,
    on_end: Callable[[Answer], None] = lambda _: None,
    max_retries: int = 0,
) -> Answer:
    """Ask, and return the answer; a cancelled exchange returns what had arrived.

    Args:
        endpoint: whom to ask.
        request: what to send.
        draft: takes the deltas.
        on_delta: called with each delta as it arrives, on the engine's thread.
        max_retries: how often to ask again where nothing had arrived and waiting may help.
        on_end: called once with the answer, whole or partial, before it is returned or raised.

    Raises:
        EndpointError: with the partial answer in `.answer`.
    """
    try:
        async with aclosing(_deltas(endpoint, request, max_retries)) as deltas:
            async for delta in deltas:
                draft.add(delta)
                on_delta(delta)
    except asyncio.CancelledError as cancelled:
        reason = cancelled.args[0] if cancelled.args else CANCELLED
        answer = draft.answer(finish_reason=reason)
    except EndpointError as error:
        error.answer = draft.answer(finish_reason="error", error=str(error))
        on_end(error.answer)
        raise
    else:
        answer = draft.answer()
    on_end(answer)
    return answer


async def _deltas(endpoint: Endpoint, request: Request, retries: int) -> AsyncGenerator[Delta]:
    for attempt in count():
        started = False
        try:
            async with aclosing(endpoint.stream(request)) as deltas:
                async for delta in deltas:
                    started = True
                    yield delta
        except EndpointError as error:
            wait_s = error.retry_after_s
            if started or attempt >= retries or wait_s is None or wait_s > MAX_WAIT_S:
                raise
        else:
            return
        await asyncio.sleep(max(wait_s, FIRST_WAIT_S * 2**attempt))
