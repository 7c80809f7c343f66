"""Question: a request ready to be sent, with what a card can show of it before the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.answer import Draft, model_name, picture
from vlm_notebook.chat.message import Message, Request, user_message
from vlm_notebook.errors import ModelError, one_line
from vlm_notebook.markup.card import Card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.detail import Detail
    from vlm_notebook.images.prepare import PreparedImage


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the level of detail that its pictures were prepared for."""

    request: Request
    detail: Detail

    def card(self) -> Card:
        """Return the card of the question alone."""
        asked = self.request.messages[-1]
        facts = (model_name(self.request.model),)
        return Card(tuple(map(picture, asked.images)), asked.prompt, facts=facts)

    def unanswered(self, ended: BaseException) -> Answer:
        """Return the answer when an exception left none, so that no card waits for ever."""
        draft = Draft(self.request, detail=self.detail)
        if isinstance(ended, KeyboardInterrupt):
            return draft.answer(finish_reason="interrupted")
        return draft.answer(finish_reason="error", error=one_line(str(ended)))


def compose(
    prompt: str,
    images: Sequence[PreparedImage],
    *,
    model: str,
    detail: Detail,
    system: str | None = None,
    history: tuple[Message, ...] = (),
    inline: bool = True,
    options: Mapping[str, Any],
) -> Question:
    """Make a question, the next of a conversation when there is a `history`.

    Raises:
        ModelError: the prompt is empty, or no text.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        what = "empty" if isinstance(prompt, str) else f"a {type(prompt).__name__}"
        raise ModelError(f"the prompt is {what}: give the question first, then the pictures")
    opening = (Message.of_text("system", system),) if system and not history else ()
    earlier = sum(len(message.images) for message in history)
    asked = user_message(prompt, images, detail=detail, inline=inline, earlier=earlier)
    return Question(Request(model, (*opening, *history, asked), tuple(options.items())), detail)
