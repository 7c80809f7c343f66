"""The thread: conversations and grids one below the other, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as w

from vlm_notebook.widgets.answer import AnswerView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.chat.answer import Answer
    from vlm_notebook.view.control import Control
    from vlm_notebook.widgets.gridview import GridView


class Thread(w.VBox):
    """Answers and grids; a follow-up question stands below the answer that it goes on from."""

    children: tuple[Any, ...]  # a trait of ipywidgets, which has no types

    def __init__(self) -> None:
        self._asked: list[AnswerView | GridView] = []
        super().__init__([])
        self.add_class("vlm-thread")

    def __repr__(self) -> str:
        return f"Thread({len(self._asked)} questions)"

    def __iter__(self) -> Iterator[AnswerView | GridView]:
        return iter(self._asked)

    @property
    def answers(self) -> list[Answer]:
        """Every answer given so far, the oldest question first."""
        return [one.answer for one in self._asked if isinstance(one, AnswerView) and one.answer]

    @property
    def controls(self) -> list[Control]:
        """What speaks a language."""
        return [one.turn if isinstance(one, AnswerView) else one.bar for one in self._asked]

    def add(self, view: AnswerView | GridView) -> None:
        """Show another question: a new conversation on top, another turn at the end of its own."""
        shown = list(self.children)
        place = 0
        if isinstance(view, AnswerView) and view.follows in shown:
            place = 1 + max(at for at, one in enumerate(shown) if _start(one) is _start(view))
        self._asked.append(view)
        self.children = (*shown[:place], view, *shown[place:])

    def close(self) -> None:
        """Let go of every question."""
        for one in self._asked:
            one.close()
        super().close()
        self.layout.close()


def _start(view: object) -> object:
    """Return the view of the question that began a conversation."""
    while isinstance(view, AnswerView) and view.follows:
        view = view.follows
    return view
