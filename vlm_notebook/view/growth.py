"""Growing text -> the messages that keep a front end's copy of it, in linear total size.

Closed Markdown blocks and the open one behind them are rendered as the finished card is. Of what
was shown of the open block only the difference is sent: how much stays, and what follows. A long
table or list, and plain text that is too dear to render, closes in parts.

A page that is still loading loses messages, and a kernel that is busy with the cell cannot be
asked for them. So the first messages say everything, and a later one does whenever the answer has
grown by a factor; the others are numbered, and a page that misses one waits for the next of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vlm_notebook.markup import markdown, part

if TYPE_CHECKING:
    from vlm_notebook.markup.markdown import Known

FLUSH_S = 0.15
"""A message costs about 640 bytes however short it is: at 100 tokens a second 43 a token."""

CHARS_PER_S = 20_000
"""Of a long open block so much is rendered again in a second: about a tenth of a core's time."""

EARLY_CHARS = 1_000
"""So much is said in seconds in which a widget's module loads; it adds 1 kB to a message of 640."""

REPEAT_FACTOR = 3
"""What is said again then adds up to at most one and a half times the text."""

_WAITING_CHARS = 200
_MARKS = re.compile(r"(?:(?<=\n)|\A)[ \t]*(?:\d{1,9}[.)]?)?[-+*=_~`|:#>. \t]*\Z")
_TABLE_HEAD = re.compile(rf"(?:\A|(?<=\n)(?<!\|\n))[ \t]*\|[^\n]{{0,{_WAITING_CHARS}}}\n?\Z")


_OPENED = re.compile(r"(?:(?<=[\s(|])|\A)(?:\*\*?|`)\Z")
_BOLD = re.compile(r"(?:(?<=[\s(|])|\A)\*\*[^\s*](?:[^*]|\*(?!\*))*\*?\Z")
_CODE = re.compile(r"```|~~~|(?:\A|\n)(?: {4}|\t)[^\n]*\Z")


def readable(text: str) -> str:
    r"""Make the end of a growing text read as what it is about to become.

    Marks at the start of a line make the line before a heading, or are about to open a list; the
    head of a table is a table only with the line below it: these wait. Bold words are bold at once.

    >>> readable("Seen:\n-"), readable("Seen:\n- a **b"), readable("| a | b |\n|--")
    ('Seen:\n', 'Seen:\n- a **b**', '')
    """
    last = max(text.rfind("\n") + 1, len(text) - _WAITING_CHARS)
    marks = _MARKS.search(text, last)
    text = text[: marks.start()] if marks else text
    start = max(0, len(text) - 2 * _WAITING_CHARS)
    head = _TABLE_HEAD.search(text, start)
    return text[: head.start()] if head else _closed(text)


def _closed(text: str) -> str:
    """Close what is bold at the end; leave out marks that have only just been opened."""
    start = max(text.rfind("\n") + 1, len(text) - _WAITING_CHARS)
    opened = _OPENED.search(text, start)
    if not (opened or _BOLD.search(text, start)) or _CODE.search(text):
        return text
    return text[: opened.start()] if opened else text.rstrip("* ") + "**"


class Growth:
    """The state of one growing answer, and what a front end does not know of it yet.

    >>> growth = Growth()
    >>> growth.add("One")
    >>> message = growth.message()
    >>> message["all"], message["keep"], message["blocks"], message["tail"]
    (True, 0, [], '<p>One</p>')
    """

    def __init__(self) -> None:
        self._fresh: list[str] = []
        self._blocks: list[str] = []
        self._tail = ""
        self._known: Known = {}
        self._thought: list[str] = []
        self._chars = 0
        self._load = markdown.Load()
        self._number = 0
        self._repeat_at = 0
        self._forget()

    def _forget(self) -> None:
        """Count nothing as sent."""
        self._sent_blocks = self._sent_thoughts = 0
        self._sent_tail = ""

    def __bool__(self) -> bool:
        return self._chars > 0

    @property
    def wait_s(self) -> float:
        """Seconds to the next message: more while a long block is open, which is rendered anew."""
        return FLUSH_S if self._load.is_too_much else max(FLUSH_S, len(self._tail) / CHARS_PER_S)

    def add(self, text: str) -> None:
        """Take the next characters."""
        self._fresh.append(text)
        self._chars += len(text)

    def think(self, text: str) -> None:
        """Take the next characters of the reasoning."""
        self._thought.append(text)
        self._chars += len(text)

    def message(self) -> dict[str, Any]:
        """Return what is new since the last message, or everything when that is due."""
        if self._chars <= EARLY_CHARS or self._chars >= self._repeat_at:
            return self.state()
        return self._message(whole=False)

    def state(self) -> dict[str, Any]:
        """Return everything, for a front end that has just come or lost something."""
        self._forget()
        self._repeat_at = REPEAT_FACTOR * self._chars
        return self._message(whole=True)

    def _message(self, *, whole: bool) -> dict[str, Any]:
        self._close_blocks()
        self._number += 1
        message = {
            "kind": "grow",
            "n": self._number,
            "all": whole,
            **self._html_fields(),
            "thought": "".join(self._thought[self._sent_thoughts :]),
        }
        self._sent_blocks, self._sent_thoughts = len(self._blocks), len(self._thought)
        return message

    def _close_blocks(self) -> None:
        """Move what has closed from the tail to the blocks."""
        fresh = markdown.writable("".join(self._fresh))
        self._fresh.clear()
        self._tail += fresh
        if not self._load.is_too_much:  # once for all: what is a little over would go to and fro
            self._load += markdown.Load.of(fresh)
            self._blocks += [markdown.NOTE] if self._load.is_too_much else []
        if self._load.is_too_much:
            *closed, self._tail = part.plain(self._tail) or [""]
            self._blocks += map(markdown.part_html, closed)
        elif "\n" in fresh or "\r" in fresh:  # no block closes within a line
            closed, self._tail = markdown.blocks(self._tail)
            self._blocks += (markdown.to_html(block, known=self._known) for block in closed)

    def _tail_html(self) -> str:
        if self._load.is_too_much:
            return markdown.part_html(self._tail)
        return markdown.to_html(readable(self._tail), known=self._known)

    def _html_fields(self) -> dict[str, Any]:
        """Return the blocks and the tail; the first of them goes on where the last tail ended."""
        tail = self._tail_html()
        first, *others = [*self._blocks[self._sent_blocks :], tail]
        keep = _common(self._sent_tail, first)
        *blocks, rest = [first[keep:], *others]
        kept = len(first[:keep].encode("utf-16-le")) // 2
        self._sent_tail = tail
        return {"keep": kept, "blocks": blocks, "tail": rest}


def _common(one: str, other: str) -> int:
    """Return the length of the longest start that two texts have in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
