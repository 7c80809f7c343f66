"""A conversation -> a page of its own, each turn a card."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from vlm_notebook.chat.answer import picture
from vlm_notebook.chat.message import language_of
from vlm_notebook.markup import card as cards
from vlm_notebook.markup import report
from vlm_notebook.markup.card import Card

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.chat.answer import Answer


def page(answer: Answer) -> str:
    """Return the conversation up to an answer as an HTML document."""
    turns = [*_earlier(answer), answer.card()]
    framed = [turn.framed() for turn in turns]
    language = turns[-1].language
    return report.page(turns[0].prompt, framed, style=cards.style(), language=language)


def _earlier(answer: Answer) -> Iterator[Card]:
    """Give a card for each turn before the answer's own: of those, nobody knows what they took."""
    for asked, reply in pairwise(answer.history[:-1]):
        if (asked.role, reply.role) == ("user", "assistant"):
            pictures = tuple(map(picture, asked.pictures))
            language = language_of(asked.prompt)
            yield Card(pictures, asked.prompt, reply.prompt, language=language)
