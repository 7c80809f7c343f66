"""Growing text -> the messages that keep a front end's copy of it, in linear total size.

Closed Markdown blocks are rendered and sent once. The open block is sent again while it is short;
when it is long only what was added is sent, as plain text, until it closes.

A page that is still loading loses messages, and a kernel that is busy with the cell cannot be
asked for them. So the first messages say everything, and a later one does whenever the answer has
grown by a factor; the others are numbered, and a page that misses one waits for the next of these.
"""

from __future__ import annotations

from typing import Any

from vlm_notebook.markup import markdown

TAIL_CHARS = 400
"""A rendered tail of this length, sent seven times a second, stays below 20 bytes a token."""

EARLY_CHARS = 1_000
"""So much is said in seconds in which a widget's module loads; it adds 1 kB to a message of 640."""

REPEAT_FACTOR = 3
"""What is said again then adds up to at most one and a half times the text."""

PARSE_CHARS = 4_000
PARSE_LINES = 100
"""A longer open block is parsed again only when it has grown by a quarter: in linear time."""


class Growth:
    """The state of one growing answer, and what a front end does not know of it yet.

    >>> growth = Growth()
    >>> growth.add("# Title")
    >>> growth.message()
    {'kind': 'grow', 'n': 1, 'all': True, 'blocks': [], 'thought': '', 'tail': '<h1>Title</h1>'}
    """

    def __init__(self) -> None:
        self._fresh: list[str] = []
        self._blocks: list[str] = []
        self._tail = ""
        self._thought: list[str] = []
        self._chars = 0
        self._load = markdown.Load()
        self._parse_at = 0
        self._number = 0
        self._repeat_at = 0
        self._forget()

    def _forget(self) -> None:
        """Count nothing as sent."""
        self._sent_blocks = self._sent_tail = self._sent_thoughts = 0

    def __bool__(self) -> bool:
        return self._chars > 0

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
            "blocks": self._blocks[self._sent_blocks :],
            "thought": "".join(self._thought[self._sent_thoughts :]),
            **self._tail_fields(),
        }
        self._sent_blocks, self._sent_thoughts = len(self._blocks), len(self._thought)
        return message

    def _close_blocks(self) -> None:
        """Move what has closed from the tail to the blocks."""
        was_too_much = self._load.is_too_much
        self._take_fresh()
        if self._load.is_too_much:
            if not was_too_much:
                self._blocks.append(markdown.NOTE)
        elif len(self._tail) >= self._parse_at:
            self._parse()

    def _take_fresh(self) -> None:
        fresh = "".join(self._fresh)
        self._fresh.clear()
        self._tail += fresh
        # Once too much, always: what is a little over the limits would go back and forth.
        self._load = self._load if self._load.is_too_much else self._load + markdown.Load.of(fresh)

    def _parse(self) -> None:
        closed, rest = markdown.blocks(self._tail)
        if closed:
            self._blocks += map(markdown.to_html, closed)
            self._tail, self._sent_tail = rest, 0
        is_long = len(self._tail) > PARSE_CHARS or self._tail.count("\n") > PARSE_LINES
        self._parse_at = len(self._tail) * 5 // 4 if is_long else 0

    def _tail_fields(self) -> dict[str, str]:
        start, self._sent_tail = self._sent_tail, len(self._tail)
        if len(self._tail) <= TAIL_CHARS:
            return {"tail": markdown.to_html(self._tail)}
        if start <= TAIL_CHARS:
            return {"plain": self._tail}
        return {"more": self._tail[start:]}
