r"""Quoting text that stands in a picture: it may hold anything, and must not become markup."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_SPAN_CHARS = 120
"""A quotation inside a sentence is at most about one line of a notebook's cell."""

MAX_WORD_CHARS = 60

_TICKS = re.compile("`+")


def clean(text: str) -> str:
    r"""Return one line without control characters or marks that turn the reading direction.

    >>> clean("a\nb\u202ec")
    'a bc'
    """
    kept = (" " if sign.isspace() else sign for sign in text)
    return "".join(sign for sign in kept if unicodedata.category(sign)[0] != "C")


def span(text: str) -> str:
    """Return the text as a code span: shown letter by letter, whatever marks it holds.

    >>> span("a `b` **c**")
    '``a `b` **c**``'
    """
    words = " ".join(clean(text).split()) or " "
    if len(words) > MAX_SPAN_CHARS:
        words = words[: MAX_SPAN_CHARS - 1].rstrip() + "…"
    fence = "`" * _free_length(words, 1)
    pad = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def word(text: str) -> str:
    """Return the asker's own words fit to stand in a sentence: letters, digits and spaces.

    >>> word("<b>red</b> *cup*")
    'b red b cup'
    """
    kept = "".join(sign if sign.isalnum() or sign in "'-" else " " for sign in clean(text))
    return " ".join(kept.split())[:MAX_WORD_CHARS]


def cell(text: str) -> str:
    r"""Return the text as a code span that fits in a table's cell.

    >>> cell("a | b"), cell("")
    ('`a \\| b`', '')
    """
    apart = text.replace("\\|", "\\ |")  # a backslash before the bar would take its escape away
    return span(apart).replace("|", r"\|") if text.strip() else ""


def fence_for(lines: Iterable[str]) -> str:
    """Return a fence that none of the lines can close.

    >>> fence_for(["plain"]), fence_for(["```", "out"])
    ('```', '````')
    """
    return "`" * _free_length("\n".join(lines), 3)


def block(lines: Sequence[str]) -> str:
    r"""Return the lines as a fenced block, kept as they are.

    >>> block(["Coffee    3.50"])
    '```text\nCoffee    3.50\n```'
    """
    kept = [clean(line) for line in lines]
    fence = fence_for(kept)
    return "\n".join([f"{fence}text", *kept, fence])


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """Return a Markdown table of numbered rows of code spans; short rows are filled up.

    >>> print(table([["Tea", "2.20"]], ["line", "what", "price"]))
    | line | what | price |
    | --- | --- | --- |
    | 1 | `Tea` | `2.20` |
    """
    width = len(head)
    body = [[str(n), *(cell(text) for text in row)] for n, row in enumerate(rows, 1)]
    filled = [row + [""] * (width - len(row)) for row in body]
    lines = [list(head), ["---"] * width, *filled]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def as_json(records: Sequence[dict[str, object]]) -> str:
    """Return records as a fenced block of JSON, one record a line."""
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    fence = fence_for(lines)
    return "\n".join([f"{fence}json", "[", ",\n".join(f"  {line}" for line in lines), "]", fence])


def _free_length(text: str, least: int) -> int:
    """Return the least number of backticks, `least` or more, longer than any run in the text."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    return max(least, longest + 1)
