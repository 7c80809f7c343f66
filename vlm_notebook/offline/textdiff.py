"""A text difference: which lines two pictures share, and which changed, came or went."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Change = Literal["same", "removed", "added", "changed"]

ALIKE = 0.5
"""Lines that share half their pairs of letters are one line that changed."""

MAX_PAIRS = 20_000
"""Beyond so many possible pairs a block is rewritten, not edited; it also bounds the time."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """What became of a line; `before` or `after` is empty when there is none."""

    kind: Change
    before: str
    after: str


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[TextChange, ...]:
    """Return the lines of both, in order, told apart; white space and case do not count.

    >>> [c.kind for c in changes(["Milk 2.10", "Tea 3.00"], ["MILK  2.40", "tea 3.00", "Jam"])]
    ['changed', 'same', 'added']
    """
    first = [line for line in before if line.strip()]
    second = [line for line in after if line.strip()]
    matcher = SequenceMatcher(None, _keys(first), _keys(second), autojunk=False)
    found: list[TextChange] = []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        old, new = first[i:i_end], second[j:j_end]
        if tag == "equal":
            found += [TextChange("same", a, b) for a, b in zip(old, new, strict=True)]
        else:
            found += _edited(old, new)
    return tuple(found)


def _keys(lines: Sequence[str]) -> list[str]:
    return ["".join(unicodedata.normalize("NFKC", line).casefold().split()) for line in lines]


def _edited(old: list[str], new: list[str]) -> Iterator[TextChange]:
    """Yield a block's changed lines in order, with what went and came between them."""
    i = j = 0
    for a, b in [*_pairs(old, new), (len(old), len(new))]:
        yield from (TextChange("removed", line, "") for line in old[i:a])
        yield from (TextChange("added", "", line) for line in new[j:b])
        if a < len(old):
            yield TextChange("changed", old[a], new[b])
        i, j = a + 1, b + 1


def _pairs(old: list[str], new: list[str]) -> list[tuple[int, int]]:
    """Return the pairs (line of `old`, line of `new`), in order, that are most alike in sum."""
    if not old or not new or len(old) * len(new) > MAX_PAIRS:
        return []
    scores = _scores(_keys(old), _keys(new))
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for a in reversed(range(len(old))):
        for b in reversed(range(len(new))):
            best[a][b] = max(best[a + 1][b], best[a][b + 1], best[a + 1][b + 1] + scores[a][b])
    return list(_path(best, scores))


def _path(best: list[list[float]], scores: list[list[float]]) -> Iterator[tuple[int, int]]:
    a = b = 0
    while a < len(scores) and b < len(scores[0]):
        if scores[a][b] and best[a][b] == best[a + 1][b + 1] + scores[a][b]:
            yield a, b
            a, b = a + 1, b + 1
        elif best[a][b] == best[a + 1][b]:
            a += 1
        else:
            b += 1


def _scores(old: list[str], new: list[str]) -> list[list[float]]:
    """Return how alike each two lines are: Dice's coefficient of their pairs of letters."""
    first, second = [_bigrams(line) for line in old], [_bigrams(line) for line in new]
    return [[_dice(a, b) for b in second] for a in first]


def _bigrams(line: str) -> Counter[str]:
    framed = f"\n{line}\n"
    return Counter(framed[i : i + 2] for i in range(len(framed) - 1))


def _dice(first: Counter[str], second: Counter[str]) -> float:
    total = first.total() + second.total()
    shared = sum(min(count, second[pair]) for pair, count in first.items())
    return 2 * shared / total if 2 * shared >= ALIKE * total else 0.0
