"""Deadline: the end of all waiting for one answer, whatever its server goes on doing."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from vlm_notebook.errors import StreamError, VlmError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


def seconds(total_s: Any) -> float | None:
    """Return `total_s` where it is a deadline, or None for none.

    Raises:
        VlmError: it is no number of seconds above 0.

    >>> seconds(30)
    30.0
    """
    if total_s is None:
        return None
    if isinstance(total_s, int | float) and not isinstance(total_s, bool):
        value = float(total_s)
        if math.isfinite(value) and value > 0:
            return value
    raise VlmError(f"total_s is {total_s!r}: give seconds above 0, or None for no deadline")


@asynccontextmanager
async def deadline(
    host: str, total_s: float | None, *, enough: Callable[[], bool] = lambda: False
) -> AsyncGenerator[None]:
    """Bound what happens within, waits between attempts included.

    Args:
        host: what the message calls the server.
        total_s: in seconds; None sets no bound.
        enough: tells at the end of the time whether what is there will do.

    Raises:
        StreamError: it took longer, and what is there will not do.
    """
    try:
        async with asyncio.timeout(total_s):
            yield
    except TimeoutError:
        if enough():
            return
        late = StreamError(
            f"{host} did not end its answer within {total_s:g} s: the text so far is in .answer; "
            "ask again, or raise total_s"
        )
    else:
        return
    raise late  # out here, so that it drags no traceback of the waiting along
