"""Searching the lines that were read for what a question speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vlm_notebook.offline.days import named
from vlm_notebook.offline.lexicon import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vlm_notebook.offline.reader import Line

MOST = 6
"""More lines than this are no answer."""

FEATURE, WORD = 1.5, 1.0
"""What a line scores for having what is asked for (a time), and for a word of the question that
no other line holds; a word that more lines hold counts less."""

NEARLY = 0.7
"""Lines that score this much of the best one are quoted, too."""

MANY = 3
"""A row of so many words is an axis or a table's head: what stands below belongs to one word."""

LARGE = 0.75
"""Lines this tall, against the tallest, belong to the heading."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that lines are asked for by meaning.

    Attributes:
        asked: matches a word of a question that asks for it.
        stands: matches a line that has it.
        alone: whether lines that have it answer a question none of whose other words they hold.
    """

    asked: re.Pattern[str]
    stands: re.Pattern[str]
    alone: bool = True


@cache
def _features() -> tuple[Feature, ...]:
    return tuple(
        Feature(
            re.compile("|".join(found["asked"])),
            re.compile("|".join(found["stands"]), re.IGNORECASE),
            found.get("alone", True),
        )
        for found in table("features").values()
    )


TITLE = re.compile(r"\b(?:title|heading|headline)\b|标题|题目")


def find(lines: Sequence[Line], keywords: str) -> tuple[Line, ...]:
    """Return the lines that match the keywords best, in reading order; none when none does.

    >>> from vlm_notebook.offline.reader import Line
    >>> lines = [Line("Milk  2.50", (0, 0, 9, 9), 1.0), Line("TOTAL  9.10", (0, 9, 9, 18), 1.0)]
    >>> [line.text for line in find(lines, "total")]
    ['TOTAL  9.10']
    """
    if TITLE.search(keywords):
        return heading(lines)
    if dated := _dated(lines, keywords):
        return dated
    words = keywords.split()
    asked = [f for f in _features() if any(f.asked.fullmatch(w) or _han(w, f) for w in words)]
    plain = [word for word in words if not any(_only_asks(word, feature) for feature in asked)]
    weights = {word: WORD / max(_hits(lines, word), 1) for word in plain}
    scores = [_score(line.text, weights, asked) for line in lines]
    best = max(scores, default=0.0)
    chosen = {at for at, score in enumerate(scores) if score >= NEARLY * best > 0}
    chosen |= {at for label in chosen for at in _values_beside(lines, label, asked)}
    return tuple(lines[at] for at in sorted(chosen)[:MOST])


def _dated(lines: Sequence[Line], keywords: str) -> tuple[Line, ...]:
    """Return the lines that name the days or months asked for, with what stands beside them."""
    names = named(keywords)
    found = [at for at, line in enumerate(lines) if any(name.search(line.text) for name in names)]
    chosen = {at for label in found for at in (label, *_beside(lines, label))}
    return tuple(lines[at] for at in sorted(chosen)[:MOST])


def _beside(lines: Sequence[Line], label: int) -> list[int]:
    """Return the lines on the row of one without figures, or else the line close below it."""
    one = lines[label]
    if any(sign.isdigit() for sign in one.text) or len(one.words) >= MANY:
        return []
    row = [at for at, other in enumerate(lines) if at != label and _on_a_row(one, other)]
    below = lines[label + 1 : label + 2]
    near = below and 0 <= below[0].box[1] - one.box[3] < _height(one)
    level = below and below[0].box[0] < one.box[2] and one.box[0] < below[0].box[2]
    return row or ([label + 1] if near and level else [])


def _on_a_row(one: Line, other: Line) -> bool:
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    apart = one.box[2] <= other.box[0] or other.box[2] <= one.box[0]
    return apart and shared > min(_height(one), _height(other)) / 2


def _values_beside(lines: Sequence[Line], label: int, asked: Sequence[Feature]) -> list[int]:
    """Return the lines before and after one without figures that have what is asked for."""
    if any(sign.isdigit() for sign in lines[label].text):
        return []
    beside = (at for at in (label - 1, label + 1) if 0 <= at < len(lines))
    return [at for at in beside if any(_has(lines[at].text, feature) for feature in asked)]


def is_about_text(target: str) -> bool:
    """Tell whether what is asked for can only stand in text: a phone number, prices, a title."""
    words = target.split()
    features = (feature.asked for feature in _features())
    return bool(TITLE.search(target)) or any(
        f.search(w) if not w.isascii() else f.fullmatch(w) for f in features for w in words
    )


def heading(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the line in the largest letters, with those beside it that are nearly as large.

    >>> from vlm_notebook.offline.reader import Line
    >>> lines = [Line("Big", (0, 0, 90, 30), 1.0), Line("small", (0, 40, 90, 50), 1.0)]
    >>> [line.text for line in heading(lines)]
    ['Big']
    """
    if not lines:
        return ()
    tallest = max(lines, key=_height)
    large = [_height(line) >= LARGE * _height(tallest) for line in lines]
    start = end = lines.index(tallest)
    while start > 0 and large[start - 1]:
        start -= 1
    while end + 1 < len(lines) and large[end + 1]:
        end += 1
    return tuple(lines[start : end + 1][:MOST])


def mentions(lines: Sequence[Line], target: str) -> tuple[Line, ...]:
    """Return the lines that hold all of the target's words, at most `MOST`."""
    words = target.split()
    found = (line for line in lines if words and all(_holds(line.text, word) for word in words))
    return tuple(line for line, _ in zip(found, range(MOST), strict=False))


def _height(line: Line) -> int:
    """Return how tall the letters are; a word that stands taller than wide runs upwards."""
    left, top, right, bottom = line.box
    return min(right - left, bottom - top) if len(line.text) > 1 else bottom - top


def _han(word: str, feature: Feature) -> bool:
    """Chinese words are not set apart, so a feature may be asked for inside one."""
    return not word.isascii() and feature.asked.search(word) is not None


def _only_asks(word: str, feature: Feature) -> bool:
    return word in {"time", "when", "price", "date", "number", "多少钱", "点", "时间", "号码"} or (
        not word.isascii() and feature.asked.fullmatch(word) is not None
    )


def _hits(lines: Sequence[Line], word: str) -> int:
    return sum(_holds(line.text, word) for line in lines)


def _score(text: str, weights: Mapping[str, float], features: Sequence[Feature]) -> float:
    held = sum(weight for word, weight in weights.items() if _holds(text, word))
    allowed = [feature for feature in features if feature.alone or held or not weights]
    return held + FEATURE * sum(_has(text, feature) for feature in allowed)


def _has(text: str, feature: Feature) -> bool:
    return feature.stands.search(text) is not None


def _holds(text: str, word: str) -> bool:
    if not word.isascii():
        return _shared_run(text, word) >= min(len(word), 2)
    return any(_akin(token, word) for token in re.findall(r"[\w'.-]+", text.casefold()))


def _akin(token: str, word: str) -> bool:
    """Whether two words differ in their ending only: open and opening, price and prices."""
    token, word = token.strip(".'-"), word.casefold()
    short, long = sorted((token, word), key=len)
    if long in {short, f"{short}s"}:
        return True
    stem = short.removesuffix("e")
    return len(stem) >= 4 and long.startswith(stem) and len(long) - len(stem) <= 3  # noqa: PLR2004 - "open", "-ing"


def _shared_run(text: str, word: str) -> int:
    """Return the length of the longest run of signs of `word` that stands in the text."""
    lengths = range(len(word), 0, -1)
    return next(
        (n for n in lengths if any(word[i : i + n] in text for i in range(len(word) - n + 1))), 0
    )
