"""Columns of a chart: the label on an axis and the number that stands in its column."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vlm_notebook.offline.reader import Line
    from vlm_notebook.offline.word import Word

LEAST_LABELS = 3
"""Fewer words on a row are no axis."""

_NUMBER = re.compile(r"[-+\u2212]?\d+(?:[.,]\d+)*\s?%?")


class Pair(NamedTuple):
    """A label and the number in its column, as they were read."""

    label: str
    value: str


def values(lines: Sequence[Line], names: Iterable[re.Pattern[str]]) -> tuple[Pair, ...]:
    """Return the labels that one of the names matches, with the only number in their column.

    Labels are words of a row of three and more; a column with no number, or several, is left out.
    """
    axes = [line for line in lines if len(line.words) >= LEAST_LABELS]
    found = (
        _pair(label, axis, lines)
        for name in names
        for axis in axes
        for label in axis.words
        if name.search(label.text)
    )
    return tuple(pair for pair in found if pair is not None)


def _pair(label: Word, axis: Line, lines: Sequence[Line]) -> Pair | None:
    reach = min(_middle(two) - _middle(one) for one, two in pairwise(axis.words)) / 2
    inside = [
        word.text
        for line in lines
        if line is not axis
        for word in line.words
        if _NUMBER.fullmatch(word.text) and abs(_middle(word) - _middle(label)) < reach
    ]
    return Pair(label.text, inside[0]) if len(inside) == 1 else None


def _middle(word: Word) -> float:
    return (word.box[0] + word.box[2]) / 2
