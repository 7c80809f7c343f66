"""Retries: whether to ask again, after how long a wait, and in what words to say so.

Ours, and not a library's: those tell of a wait through hooks that the whole process shares, while
this one belongs on one card; and what is repeated here is a stream, up to its first piece only.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlm_notebook.errors import ConnectError, RateLimitError
from vlm_notebook.markup.words import texts

if TYPE_CHECKING:
    from vlm_notebook.errors import EndpointError

FIRST_WAIT_S = 0.5
"""Doubled with every further try, then shortened by chance by up to a half: what many callers were
refused at the same moment, they would otherwise all ask for again at the same moment."""

MAX_WAIT_S = 60.0
"""Who is asked to wait longer than this is told so, instead of waiting."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the question is asked again.

    Attributes:
        why: what happened, in two or three English words.
        wait_s: how long, in seconds.
        attempt: which attempt follows, counted from 1.
        attempts: how many there are at most.

    >>> str(Wait("rate limited", 12, 2, 3))
    'rate limited, waiting 12 s, attempt 2 of 3'
    """

    why: str
    wait_s: float
    attempt: int
    attempts: int

    def __str__(self) -> str:
        return self.told("en")

    def told(self, language: str) -> str:
        """Return the line that says so, in "en" or "zh"."""
        words = texts(language)
        count = f"{self.wait_s:.2g}" if self.wait_s < 1 else f"{self.wait_s:.0f}"
        return words["wait"].format(
            why=words.get(self.why, self.why),
            seconds=words["seconds"].format(count=count),
            attempt=self.attempt,
            attempts=self.attempts,
        )


def wait_for(error: EndpointError, attempt: int, attempts: int) -> Wait | None:
    """Return the pause before the next attempt; None where asking again is no use.

    Args:
        error: why there is no answer; its `retry_after_s` is None where waiting does not help.
        attempt: which attempt failed, counted from 1.
        attempts: how many may be made.
    """
    asked_s = error.retry_after_s
    if attempt >= attempts or asked_s is None or asked_s > MAX_WAIT_S:
        return None
    backoff_s = FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311 - no secret
    return Wait(_why(error), min(max(asked_s, backoff_s), MAX_WAIT_S), attempt + 1, attempts)


def _why(error: EndpointError) -> str:
    if isinstance(error, RateLimitError):
        return "rate limited"
    return "no connection" if isinstance(error, ConnectError) else "server trouble"
