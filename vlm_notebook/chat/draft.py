"""Draft: an answer in the making."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from vlm_notebook.chat.answer import Answer, Timing
from vlm_notebook.chat.delta import Usage
from vlm_notebook.models.pricing import USD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vlm_notebook.chat.account import Entry
    from vlm_notebook.chat.answer import Owner
    from vlm_notebook.chat.delta import Delta
    from vlm_notebook.chat.message import Message, Request
    from vlm_notebook.detail import Detail
    from vlm_notebook.images.prepare import PreparedImage

_FINISHES = {
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "safety": "content_filter",
}
"""What endpoints call an end that is not the usual one -> what we call it."""
_CHARS_PER_TOKEN = 4
"""OpenAI's rule of thumb for English; only used where the endpoint sends no usage."""


class Sent(Protocol):
    """What is sent in the place of a request."""

    request: Request
    whole: Request

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user is told of the difference, in sentences."""


class Draft:
    """An answer in the making: takes deltas, and gives the answer that they amount to so far."""

    def __init__(
        self,
        request: Request,
        *,
        detail: Detail,
        owner: Owner | None = None,
        entry: Entry | None = None,
    ) -> None:
        self._request = request
        self._detail = detail
        self._owner = owner
        self._entry = entry
        self._predicted = entry.tokens if entry else None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._usage: Usage | None = None
        self._finish: str | None = None
        self._began = time.monotonic()
        self._first_token_s: float | None = None
        self._sent: Sent | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the endpoint has said that the text ends here."""
        return self._finish is not None

    def sends(self, sent: Sent) -> None:
        """Take note of what the provider gets, which may change from try to try."""
        self._sent = sent

    def add(self, delta: Delta) -> None:
        """Take the next piece."""
        if self._first_token_s is None and (delta.text or delta.reasoning):
            self._first_token_s = time.monotonic() - self._began
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        self._usage = delta.usage or self._usage
        self._finish = delta.finish or self._finish

    def answer(self, *, finish_reason: str | None = None, error: str | None = None) -> Answer:
        """Return the answer so far.

        Args:
            finish_reason: why it ended, where the endpoint did not say so.
            error: what went wrong, in one line.
        """
        messages = (self._sent.whole if self._sent else self._request).messages
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        predicted = self._predicted if messages == self._request.messages else None
        usage = self._usage or _estimate(messages, text + reasoning, predicted)
        return Answer(
            text=text,
            reasoning=reasoning,
            images=self._images(),
            model=self._request.model,
            detail=self._detail,
            usage=usage,
            timing=Timing(self._first_token_s, time.monotonic() - self._began),
            finish_reason=finish_reason or _FINISHES.get((self._finish or "").lower(), "stop"),
            error=error,
            cost=self._cost(usage),
            currency=self._entry.currency if self._entry else USD,
            notes=self._notes(),
            predicted_tokens=predicted,
            keep_images=self._request.keep_images,
            _history=messages,
            _owner=self._owner,
        )

    def _images(self) -> tuple[PreparedImage, ...]:
        request = self._sent.request if self._sent else self._request
        return request.messages[-1].pictures

    def _cost(self, usage: Usage) -> float | None:
        cost = self._entry.cost(usage) if self._entry else None
        return None if cost is None else float(cost)

    def _notes(self) -> tuple[str, ...]:
        changed = self._sent.notes if self._sent else ()
        return (*changed, *(self._entry.notes if self._entry else ()))


def _estimate(messages: Iterable[Message], text: str, predicted: int | None) -> Usage:
    sent = sum(len(message.prompt) for message in messages)
    asked = predicted or -(-sent // _CHARS_PER_TOKEN)
    return Usage(asked, -(-len(text) // _CHARS_PER_TOKEN), estimated=True)


def fold(request: Request, deltas: Iterable[Delta], *, detail: Detail = "auto") -> Answer:
    """Return the answer that deltas amount to."""
    draft = Draft(request, detail=detail)
    for delta in deltas:
        draft.add(delta)
    return draft.answer()
