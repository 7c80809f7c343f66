"""A cell of a grid: what became of one combination, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.chat.answer import model_name
from vlm_notebook.errors import VlmError, one_line
from vlm_notebook.markup.card import Card
from vlm_notebook.markup.catalogue import translated
from vlm_notebook.models.cost import money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.detail import Detail
    from vlm_notebook.runs.plan import Place

COLUMNS = (
    *("model", "detail", "number", "tokens_in", "tokens_out", "predicted", "price", "end"),
    *("first_token", "total"),
)
"""The columns of the table of facts, by the names of their headings."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """What became of one combination.

    Attributes:
        model: the model's id.
        detail: the level of detail the pictures were sent with.
        number: which repetition, from 1.
        answer: the `Answer`, whole or what had arrived of it; None where nothing had.
        error: what went wrong, in one line, or None.
    """

    model: str
    detail: Detail
    number: int = 1
    answer: Answer | None = None
    error: str | None = None

    @classmethod
    def ended(cls, place: Place, answer: Answer | None, error: BaseException | None) -> GridCell:
        """Make the cell of a call that gave an answer, an error, or an error with a part of one."""
        at = place.model, place.detail, place.number
        if error is None:
            return cls(*at, answer)
        own = isinstance(error, VlmError)
        line = str(error) if own else one_line(f"{type(error).__name__}: {error}")
        arrived = answer if answer and (answer.text or answer.reasoning) else None
        return cls(*at, arrived, line)

    @property
    def name(self) -> str:
        """The combination in words, such as "gpt-4o, high, 2"."""
        return f"{self.model}, {self.detail}, {self.number}"

    def card(self, language: str = "en") -> Card:
        """Return the answer's card without its question, or one that says what went wrong."""
        card = self.answer.card(language) if self.answer else Card()
        return Card(
            text=card.text,
            reasoning=card.reasoning,
            facts=card.facts,
            notices=card.notices,
            error=translated(self.error, language) if self.error else card.error,
            language=language,
        )

    def row(self) -> dict[str, Any]:
        """Return the values as plain data; what is not known is None.

        `first_token_s` and `total_s` are seconds, `cost` is in `currency`, tokens are
        those billed, or, with `tokens_estimated`, our own count.
        """
        answer = self.answer
        timing, usage = (answer.timing, answer.usage) if answer else (None, None)
        return {
            "model": self.model,
            "detail": self.detail,
            "number": self.number,
            "text": answer.text if answer else None,
            "finish_reason": "error" if self.error or not answer else answer.finish_reason,
            "error": self.error,
            "prompt_tokens": usage.prompt_tokens if usage else None,
            "completion_tokens": usage.completion_tokens if usage else None,
            "tokens_estimated": usage.estimated if usage else None,
            "predicted_prompt_tokens": answer.predicted_tokens if answer else None,
            "cost": answer.cost if answer else None,
            "currency": answer.currency if answer and answer.cost is not None else None,
            "first_token_s": timing.first_token_s if timing else None,
            "total_s": timing.total_s if timing else None,
        }

    def facts(self, words: Mapping[str, str]) -> tuple[str, ...]:
        """Return the row in words, in the order of `COLUMNS`; `words` are a grid's."""
        row = self.row()
        billed = words["about"] if row["tokens_estimated"] else "{count}"
        is_whole = not self.answer or self.answer.counts_pictures
        return (
            model_name(self.model, words["language"]),
            self.detail,
            str(self.number),
            _tokens(row["prompt_tokens"] if is_whole else None, billed),
            _tokens(row["completion_tokens"], billed),
            _tokens(row["predicted_prompt_tokens"]),
            "" if row["cost"] is None else money(row["cost"], row["currency"]),
            words.get(f"end_{row['finish_reason']}", row["finish_reason"]),
            _seconds(row["first_token_s"], words["seconds"]),
            _seconds(row["total_s"], words["seconds"]),
        )


def _tokens(count: int | None, said: str = "{count}") -> str:
    return "" if count is None else said.format(count=f"{count:,}")


def _seconds(seconds: float | None, said: str) -> str:
    return "" if seconds is None else said.format(count=f"{seconds:.1f}")
