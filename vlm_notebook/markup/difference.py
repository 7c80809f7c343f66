"""Two texts -> what they share, what went and what came, word by word.

The shortest edit is found by Myers' algorithm (E. W. Myers, "An O(ND) Difference Algorithm and Its
Variations", Algorithmica 1, 1986), whose cost grows with the length of the texts and with the
square of the number of edits; so the edits are counted, and texts that need too many are compared
by lines, and then not at all.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, cast

from vlm_notebook.markup import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Kind = Literal["same", "gone", "new"]
Run = tuple[Kind, int, int]
"""From and to, in words: of the first text where they are gone, else of the second."""
Island = tuple[int, int, int]

MAX_WORDS = 5_000
"""A text of more words is compared by lines."""

MAX_EDITS = 800
"""Texts that differ in more places are not versions of each other; it bounds the time as well."""

_SHORT_CHARS = 3
_MANY_WORDS = 6
"""A word such as "the" amid changes of three words and more on both sides helps no reader."""

_HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+(?:[.,'’][^\W{_HAN}]+)*|\s+|[^\w\s]")
_MARK = re.compile(r"[!\"#$&*+<=>@\[-`{-~-]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that both have ("same"), the first alone ("gone") or the second ("new")."""

    kind: Kind
    text: str


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts, in order.

    The pieces that are not new, joined, are the first text; those that are not gone, the second.

    Args:
        old: the text to compare with; of Chinese and Japanese every character is a word.
        new: the text whose differences are looked for.

    >>> [(piece.kind, piece.text) for piece in difference("a red cat", "a grey cat")]
    [('same', 'a '), ('gone', 'red'), ('new', 'grey'), ('same', ' cat')]
    """
    first, second = words(old), words(new)
    if max(len(first), len(second)) > 2 * MAX_WORDS:  # with the spaces between them
        first, second = _LINE.findall(old), _LINE.findall(new)
    runs = aligned(first, second)
    sides = {"gone": first}
    return tuple(Piece(kind, "".join(sides.get(kind, second)[a:b])) for kind, a, b in runs)


def words(text: str) -> list[str]:
    """Cut a text into words, spaces and marks, which joined are the text.

    >>> words("3.5 cats, 猫咪")
    ['3.5', ' ', 'cats', ',', ' ', '猫', '咪']
    """
    return _WORD.findall(text)


def aligned(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Return the runs of two lists of words, in order, what went before what came.

    >>> aligned(["a", "b"], ["a", "c"])
    [('same', 0, 1), ('gone', 1, 2), ('new', 1, 2)]
    """
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    middle = _matches(old[start : len(old) - end], new[start : len(new) - end])
    pairs = [(start + a, start + b) for a, b in middle]
    head = [(at, at) for at in range(start)]
    tail = [(len(old) - at, len(new) - at) for at in range(end, 0, -1)]
    islands = _islands([*head, *pairs, *tail], len(old), len(new))
    return list(_runs(_telling(islands, new), len(old), len(new)))


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """Return with how many equal words both begin."""
    shorter = min(len(old), len(new))
    return next((at for at in range(shorter) if old[at] != new[at]), shorter)


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of equal words along a shortest edit; none where it is too long."""
    far = {1: 0}  # on each diagonal: how many words of `old` so many edits get past
    trail = []
    for edits in range(min(len(old) + len(new), MAX_EDITS) + 1):
        trail.append(far)
        far = {}
        for diagonal in range(-edits, edits + 1, 2):
            a = _reached(trail[-1], diagonal, edits)[0]
            while a < len(old) and a - diagonal < len(new) and old[a] == new[a - diagonal]:
                a += 1
            far[diagonal] = a
            if a >= len(old) and a - diagonal >= len(new):
                return _traced(trail, len(old), len(new))
    return []


def _reached(far: dict[int, int], diagonal: int, edits: int) -> tuple[int, int]:
    """Return the words of `old` behind one more edit, and the diagonal it came from."""
    down = diagonal == -edits or (diagonal != edits and far[diagonal - 1] < far[diagonal + 1])
    return (far[diagonal + 1], diagonal + 1) if down else (far[diagonal - 1] + 1, diagonal - 1)


def _traced(trail: list[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    """Go the way back, and gather the equal words on it."""
    found = []
    for edits in range(len(trail) - 1, -1, -1):
        start, before = _reached(trail[edits], a - b, edits)
        while a > start and b > 0:
            a, b = a - 1, b - 1
            found.append((a, b))
        if edits:
            a = trail[edits][before]
            b = a - before
    return found[::-1]


def _islands(pairs: list[tuple[int, int]], old: int, new: int) -> list[Island]:
    """Return (in `old`, in `new`, length) of what is equal at a stretch, and of both ends."""
    found = [(0, 0, 0)]
    for a, b in pairs:
        at, bt, length = found[-1]
        if (a, b) == (at + length, bt + length):
            found[-1] = (at, bt, length + 1)
        else:
            found.append((a, b, 1))
    return [*found, (old, new, 0)]


def _telling(islands: list[Island], new: Sequence[str]) -> list[Island]:
    """Leave out what stands between two changes and is no more than a space or a short word."""
    kept = islands[:1]
    for island, after in pairwise(islands[1:]):
        around = min(_gap(kept[-1], island), _gap(island, after))
        chars = sum(len(word) for word in new[island[1] : sum(island[1:])] if word[0].isalnum())
        if not around or chars > (_SHORT_CHARS if around >= _MANY_WORDS else 0):
            kept.append(island)
    return [*kept, islands[-1]]


def _gap(one: Island, other: Island) -> int:
    """Return how many words have changed between two islands."""
    return max(other[0] - one[0], other[1] - one[1]) - one[2]


def _runs(islands: list[Island], old: int, new: int) -> Iterator[Run]:
    a = b = 0
    for at, bt, length in [*islands, (old, new, 0)]:
        for kind, start, end in (("gone", a, at), ("new", b, bt), ("same", bt, bt + length)):
            if start < end:
                yield cast("Kind", kind), start, end
        a, b = at + length, bt + length


def to_html(pieces: Iterable[Piece]) -> str:
    """Return the pieces as safe HTML, what went in `<del>`, what came in `<ins>`.

    >>> to_html(difference("1 < 2", "1 < 3"))
    '1 &lt; <del>2</del><ins>3</ins>'
    """
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    return "".join(
        tags[one.kind].format(html.escape(markdown.writable(one.text))) for one in pieces
    )


def to_markdown(pieces: Iterable[Piece]) -> str:
    """Return the pieces on one line of Markdown, what went struck through, what came in bold.

    >>> to_markdown(difference("a red cat", "a grey cat"))
    'a ~~red~~**grey** cat'
    """
    marks = {"same": "", "gone": "~~", "new": "**"}
    return "".join(_marked(one.text, marks[one.kind]) for one in pieces)


def to_plain(pieces: Iterable[Piece]) -> str:
    """Return the pieces as text, what went in [-...-], what came in {+...+}.

    >>> to_plain(difference("a red cat", "a grey cat"))
    'a [-red-]{+grey+} cat'
    """
    frames = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    return "".join(frames[one.kind].format(one.text) for one in pieces)


def _marked(text: str, mark: str) -> str:
    """Return text in marks, which take no space on their inner side."""
    inner = text.strip()
    if not inner or not mark:
        return inline(text) if inner else " "
    before, after = (" " * (text[at].isspace()) for at in (0, -1))
    return f"{before}{mark}{inline(inner)}{mark}{after}"


def inline(text: str) -> str:
    """Return text that Markdown and HTML read as it is, on one line and in a cell of a table.

    >>> inline("a *b* | <c>")
    'a &#42;b&#42; &#124; &#60;c&#62;'
    """
    line = re.sub(r"\s+", " ", markdown.writable(text))
    return _MARK.sub(lambda found: f"&#{ord(found[0])};", line)
