"""Long tables, lists and texts -> several, so that a page need not lay out all of one at once.

While an answer streams, what is full is closed and left alone; the rest goes on as one of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

UNITS = 100
"""So many rows or items a part has: Chromium lays a hundred rows of four cells out in 15 ms."""

_PLAIN = re.compile(r".{1000,3000}?\n|.{3000,4000}?[ \t\n]|.{4000}|.+\Z", re.DOTALL)
"""What Chromium lays out in a few milliseconds."""

_LEVELS = {"tr_open": 2, "list_item_open": 1}
"""How deep the rows and items of a table or list stand that is in no other block."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a part begins.

    Attributes:
        top: index of the token that opens the whole table or list.
        first: index of its first row, without the head, or item.
        at: index of the row or item that the part begins with.
        line: number of the line in which that stands.
    """

    top: int
    first: int
    at: int
    line: int


def cuts(tokens: Sequence[Token]) -> list[Cut]:
    """Return where the long tables and lists of a document are cut, in order."""
    tops = [index for index, token in enumerate(tokens) if token.level == 0 and token.nesting == 1]
    return [cut for top, end in pairwise([*tops, len(tokens)]) for cut in _cuts(tokens, top, end)]


def _cuts(tokens: Sequence[Token], top: int, end: int) -> list[Cut]:
    units = [i for i in range(top, end) if tokens[i].level == _LEVELS.get(tokens[i].type)]
    if tokens[top].type == "table_open":
        units = units[1:]
    start = int(tokens[top].attrs.get("start", 1))
    found = []
    for number in range(UNITS, len(units), UNITS):
        token = tokens[units[number]]
        # A list whose numbers are not in order would go on with other numbers.
        if token.map and int(token.info or start + number) == start + number:
            found.append(Cut(top, units[0], units[number], token.map[0]))
    return found


def split(tokens: Sequence[Token]) -> list[Token]:
    """Return a document's tokens with its long tables and lists made several."""
    parts: list[Token] = []
    begin = 0
    for cut in cuts(tokens):
        parts += [*tokens[begin : cut.at], *_between(tokens, cut)]
        begin = cut.at
    return [*parts, *tokens[begin:]]


def _between(tokens: Sequence[Token], cut: Cut) -> list[Token]:
    """Return what closes a part, and opens the next under the same head."""
    opened, *head = tokens[cut.top : cut.first]
    number = tokens[cut.at].info
    if number and int(number) != 1:
        opened = opened.copy(attrs={**opened.attrs, "start": int(number)})
    tags = ("tbody", "table") if opened.tag == "table" else (opened.tag,)
    closed = [type(opened)(f"{tag}_close", tag, -1, block=True) for tag in tags]
    return [*closed, opened, *head]


def plain(text: str) -> list[str]:
    r"""Cut text that is shown as it is; all parts but the last stay what they are as it grows.

    >>> [len(each) for each in plain("word " * 1_000)]
    [3005, 1995]
    """
    return _PLAIN.findall(text)


def head(tokens: Sequence[Token], cut: Cut, lines: Sequence[str]) -> str:
    """Return the lines that the text of a part begins with: the two that make a table's head."""
    opened = tokens[cut.top]
    if opened.tag != "table" or not opened.map:
        return ""
    return "".join(lines[opened.map[0] : opened.map[0] + 2])
