"""A piece of text in a box, and how neighbours on a row become one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE_GAP = "    "
"""What stands for a gap wider than a space: columns of a table stay apart in plain text."""

WIDE_GAP_HEIGHTS = 1.5
NO_SPACE_HEIGHTS = 0.5
"""Beside Chinese a gap below half a height is no space: engines crop boxes that tightly."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """A piece of text an engine found: a word, a phrase or a whole line.

    `box` is left, top, right, bottom in pixels; `confidence` lies between 0 and 1.
    """

    box: Box
    text: str
    confidence: float

    @property
    def width(self) -> int:
        """Width of the box in pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Height of the box in pixels, at least 1."""
        return max(self.box[3] - self.box[1], 1)


def gap_heights(left: Word, right: Word) -> float:
    """Return the gap between two neighbours of a row, in heights of the smaller text.

    >>> gap_heights(Word((0, 0, 60, 10), "Tea", 1.0), Word((90, 0, 120, 10), "2.20", 1.0))
    3.0
    """
    return (right.box[0] - left.box[2]) / min(left.height, right.height)


def join(row: Sequence[Word]) -> Word:
    """Join a row of one or more words; each sign counts the same for the confidence.

    >>> join([Word((0, 0, 60, 10), "Tea", 1.0), Word((90, 0, 120, 10), "2.20", 1.0)]).text
    'Tea    2.20'
    """
    if len(row) == 1:
        return row[0]
    lefts, tops, rights, bottoms = zip(*(word.box for word in row), strict=True)
    text = row[0].text + "".join(_space(one, two) + two.text for one, two in pairwise(row))
    signs = sum(len(word.text) for word in row)
    sure = sum(word.confidence * len(word.text) for word in row) / max(signs, 1)
    return Word((min(lefts), min(tops), max(rights), max(bottoms)), text, min(sure, 1.0))


def is_chinese(text: str) -> bool:
    """Tell whether a text has Han characters or the punctuation set with them.

    >>> is_chinese("Qty: 12 箱"), is_chinese("Qty: 12")
    (True, False)
    """
    return any("\u2e80" <= sign <= "\u9fff" or "\uf900" <= sign <= "\uffef" for sign in text)


def _space(one: Word, two: Word) -> str:
    gap = gap_heights(one, two)
    if gap > WIDE_GAP_HEIGHTS:
        return WIDE_GAP
    tight = gap < NO_SPACE_HEIGHTS
    return "" if tight and is_chinese(one.text[-1:] + two.text[:1]) else " "
