"""Question: a request ready to be sent, with what a card can show of it before the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.answer import model_name, picture
from vlm_notebook.chat.draft import Draft
from vlm_notebook.chat.message import Message, Request, is_chinese, language_of, user_message
from vlm_notebook.detail import kept
from vlm_notebook.errors import ModelError, one_line
from vlm_notebook.images.montage import montage as one_of
from vlm_notebook.images.prepare import prepare
from vlm_notebook.markup.card import Card

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.message import Keep
    from vlm_notebook.detail import Detail
    from vlm_notebook.markup.words import Language

_CAPTION = {
    False: "The picture is a montage; each part stands below its label. {}",
    True: "这是一张拼图，每张图上方有标签。{}",
}
"""What the model is told of a montage, by whether it is asked in Chinese."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and the level of detail that its pictures were prepared for.

    The `notices` say what is known to be doubtful of it before it is answered.
    """

    request: Request
    detail: Detail
    notices: tuple[str, ...] = ()

    @property
    def language(self) -> Language:
        """The language of what stands around the answer: that of the prompt."""
        return language_of(self.request.messages[-1].prompt)

    def card(self, language: str | None = None) -> Card:
        """Return the card of the question alone.

        Args:
            language: of its texts, "en" or "zh"; None for that of the question.

        Raises:
            VlmError: `language` is neither.
        """
        asked, spoken = self.request.messages[-1], language or self.language
        facts = (model_name(self.request.model, spoken),)
        shown = tuple(map(picture, asked.images))
        return Card(shown, asked.prompt, facts=facts, notices=self.notices, language=spoken)

    def unanswered(self, ended: BaseException) -> Answer:
        """Return the answer when an exception left none, so that no card waits for ever."""
        draft = Draft(self.request, detail=self.detail)
        if isinstance(ended, KeyboardInterrupt):
            return draft.answer(finish_reason="interrupted")
        return draft.answer(finish_reason="error", error=one_line(str(ended)))


def compose(
    prompt: str,
    images: Sequence[Any],
    *,
    model: str,
    detail: Detail,
    system: str | None = None,
    history: tuple[Message, ...] = (),
    inline: bool = True,
    montage: bool = False,
    keep_images: Keep = "all",
    options: Mapping[str, Any],
) -> Question:
    """Prepare the pictures and make a question, the next of a conversation with a `history`.

    Raises:
        ImageError: a picture cannot be used.
        ModelError: the prompt is empty, or no text.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        what = "empty" if isinstance(prompt, str) else f"a {type(prompt).__name__}"
        raise ModelError(f"the prompt is {what}: give the question first, then the pictures")
    opening = (Message.of_text("system", system),) if system and not history else ()
    earlier = sum(len(message.pictures) for message in history)
    level = kept(detail, model)
    sheet = one_of(*images, detail=level, model=model) if montage and len(images) > 1 else None
    sent = [sheet] if sheet else [prepare(image, detail=level, model=model) for image in images]
    asked = user_message(prompt, sent, detail=detail, inline=inline, earlier=earlier)
    if sheet:
        asked = asked.after(_CAPTION[is_chinese(prompt)].format(sheet.origin))
    said = (*opening, *history, asked)
    request = Request(model, said, tuple(options.items()), keep_images=keep_images)
    return Question(request, detail)
