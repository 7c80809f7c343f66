"""One exchange: a request goes out, its deltas are passed on, an answer is what remains."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from vlm_notebook.chat.deadline import deadline
from vlm_notebook.chat.engine import CANCELLED
from vlm_notebook.chat.habits import Adaptation, Habits
from vlm_notebook.chat.message import language_of
from vlm_notebook.chat.retries import wait_for
from vlm_notebook.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.draft import Draft
    from vlm_notebook.chat.endpoint import Endpoint
    from vlm_notebook.chat.message import Request


async def exchange(
    endpoint: Endpoint,
    request: Request,
    draft: Draft,
    *,
    habits: Habits | None = None,
    on_delta: Callable[[Delta], None] = lambda _: None,
    on_end: Callable[[Answer], None] = lambda _: None,
    on_wait: Callable[[str], None] = lambda _: None,
    max_retries: int = 0,
) -> Answer:
    """Ask, and return the answer; a cancelled exchange returns what had arrived.

    Args:
        endpoint: whom to ask.
        request: what to send.
        draft: takes the deltas.
        habits: what is known of the endpoint's ways; learns more.
        on_delta: called with each delta as it arrives, on the engine's thread.
        on_end: called once with the answer, whole or partial, before it is returned or raised.
        on_wait: called with a line that says what is waited for, and with an empty one after it.
        max_retries: how often to ask again where nothing had arrived and waiting may help.

    Raises:
        EndpointError: with the partial answer in `.answer`.
    """
    adapted = Adaptation(request, habits or Habits(endpoint.base_url, endpoint.host))
    draft.sends(adapted)
    try:
        async with (
            deadline(endpoint.host, endpoint.total_s, enough=lambda: draft.is_whole),
            aclosing(_deltas(endpoint, adapted, 1 + max_retries, on_wait)) as deltas,
        ):
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


async def _deltas(
    endpoint: Endpoint, adapted: Adaptation, attempts: int, on_wait: Callable[[str], None]
) -> AsyncGenerator[Delta]:
    attempt, started = 1, False
    language = language_of(adapted.whole.messages[-1].prompt)
    while True:
        try:
            async with aclosing(endpoint.stream(adapted.request)) as deltas:
                async for delta in deltas:
                    started = started or adapted.keep()
                    yield delta
        except EndpointError as error:
            if not started and await asyncio.to_thread(adapted.step, error):
                continue
            wait = None if started else wait_for(error, attempt, attempts)
            if wait is None:
                raise
        else:
            return
        on_wait(wait.told(language))
        await asyncio.sleep(wait.wait_s)
        on_wait("")
        attempt = wait.attempt
