"""One question's live card, with what can be done with it below."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from vlm_notebook.chat.answer import Answer
from vlm_notebook.chat.engine import engine
from vlm_notebook.errors import EndpointError, VlmError
from vlm_notebook.view.live import GrowingAnswer
from vlm_notebook.widgets.recipe import Asked, recipe
from vlm_notebook.widgets.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.chat.engine import Submission
    from vlm_notebook.chat.question import Question
    from vlm_notebook.client import Client
    from vlm_notebook.markup.card import Card


class AnswerView(w.VBox):
    """Shows a question whose answer grows, with Stop, then with what can be done with it.

    Args:
        question: of `Client.question`.
        client: whom to ask; `start` sends the question.
        asked: how the controls had the question, for the code that asks the same.
        follows: the view of the answer that the question goes on from.
        on_again, on_follow: called with this view by the buttons of these names, which are only
            there with them.
        language: of the buttons, "en" or "zh"; None for the browser's.

    Attributes:
        answer: the answer, whole or what there is of it; None while it is under way.
    """

    def __init__(
        self,
        question: Question,
        client: Client,
        *,
        asked: Asked,
        follows: AnswerView | None = None,
        on_again: Callable[[AnswerView], None] | None = None,
        on_follow: Callable[[AnswerView], None] | None = None,
        language: str | None = None,
    ) -> None:
        self.question, self.client, self.asked, self.follows = question, client, asked, follows
        self.answer: Answer | None = None
        self.live = GrowingAnswer(question.card())
        self.turn = Turn(
            recipe=partial(recipe, asked, client),
            on_stop=self.stop,
            on_again=on_again and partial(on_again, self),
            on_follow=on_follow and partial(on_follow, self),
            language=language,
        )
        self._submission: Submission[Answer] | None = None
        super().__init__([self.live, self.turn])

    def __repr__(self) -> str:
        return f"AnswerView({self.asked.prompt!r})"

    def start(self) -> Submission[Answer]:
        """Send the question and return at once; what comes is shown, also what goes wrong.

        The submission gives the answer, or what there is of it.
        """
        return engine().submit(self.run())

    def stop(self) -> None:
        """Stop the answer under way; what has arrived stays."""
        if self._submission:
            self._submission.cancel()

    async def run(self) -> Answer:
        """Send the question, show its answer and return it, on the engine's thread."""
        try:
            self._submission = self.client.start(self.question, self.live.feed, self.live.tell)
            self.answer = await self._ended(self._submission)
        except VlmError as error:
            self.answer = self.question.unanswered(error)
        self.live.finish(self.answer.card())
        self.turn.end(self.answer.card().markdown())
        return self.answer

    def kept(self) -> Card:
        """Return what a notebook keeps of it."""
        return (self.answer or self.question).card()

    async def _ended(self, submission: Submission[Answer]) -> Answer:
        """Return the answer, whole or what there is of it; being cancelled cancels it."""
        try:
            return await asyncio.shield(_whole_or_part(submission))
        except asyncio.CancelledError:
            submission.cancel()
            return await _whole_or_part(submission)

    def close(self) -> None:
        """Stop the answer and let go of every widget."""
        self.stop()
        self.live.close()
        self.turn.close()
        super().close()
        self.layout.close()


async def _whole_or_part(submission: Submission[Answer]) -> Any:
    try:
        return await submission
    except EndpointError as error:
        if isinstance(error.answer, Answer):
            return error.answer
        raise
