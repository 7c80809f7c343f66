"""What a client can do with an answer: ask on, and say what that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.detail import kept

if TYPE_CHECKING:
    from vlm_notebook.chat.account import Account
    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.chat.question import Question
    from vlm_notebook.chat.turn import Turn

UNASKED = "?"
"""Stands for a question that is not known yet: about a token."""


class Dialogue:
    """The part of a client that goes on with a conversation; the client does the asking."""

    _account: Account

    def question(self, prompt: str, *images: Any, **options: Any) -> Question:
        """Prepare the pictures and the request; the client does."""
        raise NotImplementedError

    def _shown_answer(self, asked: Question, *, show: bool) -> Answer:
        raise NotImplementedError

    def follow_up(self, answer: Answer, prompt: str, *images: Any, **options: Any) -> Answer:
        """Ask the next question of an answer's conversation; options as for `ask`.

        Where they are not given, the model, `detail` and `keep_images` are those of the answer;
        "original" becomes "high" for another model that has no such level.
        A picture that the provider refused is set aside: it is named and not sent again.
        """
        show = options.pop("show", True)
        return self._shown_answer(self._next(answer, prompt, *images, **options), show=show)

    def next_turn(self, answer: Answer, prompt: str = "", *images: Any, **options: Any) -> Turn:
        """Predict what the next question of an answer's conversation takes; nothing is sent.

        Args:
            answer: whose conversation goes on.
            prompt: the question; while it is empty, a token stands for it.
            images: pictures that come with it, anything `load` takes.
            options: as for `ask`, such as `keep_images`.

        Raises:
            ImageError, ModelError: as for `question`.
        """
        asked = self._next(answer, prompt or UNASKED, *images, **options)
        return self._account.forecast(asked.request, asked.detail)

    def _next(self, answer: Answer, prompt: str, *images: Any, **options: Any) -> Question:
        usual: dict[str, Any] = {
            "model": answer.model,
            "detail": kept(answer.detail, options.get("model") or answer.model),
            "keep_images": answer.keep_images,
        }
        return self.question(prompt, *images, history=answer.history, **usual | options)
