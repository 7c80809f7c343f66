"""Growing text -> the messages that keep a front end's copy of it, in linear total size.

Closed Markdown blocks are rendered and sent once. The open block is sent again while it is short;
when it is long only what was added is sent, as plain text, until it closes.
"""

from __future__ import annotations

from typing import Any

from vlm_notebook.markup import markdown

TAIL_CHARS = 400
"""A rendered tail of this length, sent seven times a second, stays below 20 bytes a token."""


class Growth:
    """The state of one growing answer, and what a front end does not know of it yet.

    >>> growth = Growth()
    >>> growth.add("# Title")
    >>> growth.message()
    {'kind': 'grow', 'at': 0, 'blocks': [], 'tail': '<h1>Title</h1>'}
    """

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._sent_blocks = 0
        self._tail = ""
        self._sent_tail = 0
        self._thought: list[str] = []

    def add(self, text: str) -> None:
        """Take the next characters."""
        closed, self._tail = markdown.blocks(self._tail + text)
        if closed:
            self._blocks += map(markdown.to_html, closed)
            self._sent_tail = 0

    def think(self, text: str) -> None:
        """Take the next characters of the reasoning."""
        self._thought.append(text)

    def message(self) -> dict[str, Any]:
        """Return what is new since the last message."""
        fresh = self._blocks[self._sent_blocks :]
        message = {"kind": "grow", "at": self._sent_blocks, "blocks": fresh, **self._tail_fields()}
        if self._thought:
            message["thought"] = "".join(self._thought)
            self._thought.clear()
        self._sent_blocks = len(self._blocks)
        return message

    def _tail_fields(self) -> dict[str, str]:
        start, self._sent_tail = self._sent_tail, len(self._tail)
        if len(self._tail) <= TAIL_CHARS:
            return {"tail": markdown.to_html(self._tail)}
        if start <= TAIL_CHARS:
            return {"plain": self._tail}
        return {"more": self._tail[start:]}

    def state(self) -> dict[str, Any]:
        """Return everything, for a front end that has just come or lost something."""
        long = len(self._tail) > TAIL_CHARS
        tail = {"plain": self._tail} if long else {"tail": markdown.to_html(self._tail)}
        self._sent_blocks, self._sent_tail = len(self._blocks), len(self._tail)
        return {"kind": "grow", "at": 0, "blocks": list(self._blocks), **tail}
