"""Which of the text an engine claims to have seen is believed."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from vlm_notebook.offline.word import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SURE = 0.8
SURE_DIGITS = 0.9
"""On photographs: measured on 40 textures and photographs without text, where engines read
"0000" into pebbles and coins at up to 0.87."""

PAGE = 0.5
"""On pages, where the lines around it vouch for a line."""

PAGE_LINES = 3
PAGE_SHARE = 0.6
"""A page is told by its reading: at least three sure lines, and most of what was found is sure.
Textures give many boxes of which hardly one is sure."""


def believed(words: Iterable[Word]) -> list[Word]:
    """Return the words worth telling, their text tidied.

    >>> pebbles, sign = Word((0, 0, 40, 9), "0000", 0.85), Word((50, 0, 99, 9), "NO  EXIT", 0.95)
    >>> [word.text for word in believed([pebbles, sign])]
    ['NO EXIT']
    """
    tidy = [Word(word.box, _tidy(word.text), word.confidence) for word in words]
    sure = [word for word in tidy if _is_sure(word)]
    return [word for word in tidy if _fits_page(word)] if _is_page(tidy, sure) else sure


def _tidy(text: str) -> str:
    """Drop what cannot be seen and make white space single spaces."""
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or c.isprintable())
    return " ".join(visible.split())


def _is_page(words: Sequence[Word], sure: Sequence[Word]) -> bool:
    found = [word for word in words if word.text]
    return len(sure) >= PAGE_LINES and len(sure) >= PAGE_SHARE * len(found)


def _is_sure(word: Word) -> bool:
    signs = [c for c in word.text if c.isalnum()]
    if len(signs) < 2:  # noqa: PLR2004 - one sign alone is what specks and rings are read as
        return False
    return word.confidence >= (SURE if any(c.isalpha() for c in signs) else SURE_DIGITS)


def _fits_page(word: Word) -> bool:
    if not any(unicodedata.category(c)[0] in "LNS" for c in word.text):
        return False
    return word.confidence >= (SURE if len(word.text) == 1 else PAGE)
