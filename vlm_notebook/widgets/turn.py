"""What can be done with one answer: stop it, ask it again, go on from it, take it along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.view.control import Control, css, esm

if TYPE_CHECKING:
    from collections.abc import Callable

    from vlm_notebook.view.control import State
    from vlm_notebook.widgets.recipe import Recipe


class Turn(Control):
    """The buttons below one answer.

    Args:
        recipe: gives the cell that asks the same.
        on_stop: called to stop the answer.
        on_again: called to ask the same with what is chosen now.
        on_follow: called to go on from the answer.
    """

    part = "turn"
    _esm = esm("turn", "clipboard")
    _css = css()

    def __init__(
        self,
        *,
        recipe: Callable[[], Recipe],
        on_stop: Callable[[], None],
        on_again: Callable[[], None] | None = None,
        on_follow: Callable[[], None] | None = None,
        language: str | None = None,
    ) -> None:
        super().__init__(language=language)
        self._recipe = recipe
        self._calls = {"stop": on_stop, "again": on_again, "follow": on_follow}
        self._markdown: str | None = None

    def state(self) -> State:
        """Tell whether the answer is under way, and what to copy when it is not."""
        offered = {kind: bool(call) for kind, call in self._calls.items()}
        running = self._markdown is None
        return {"running": running, "markdown": self._markdown or "", "offered": offered}, []

    def end(self, markdown: str) -> None:
        """Offer what can be done with a finished answer."""
        self._markdown = markdown
        self.refresh()

    def _take_code(self, _: dict[str, Any], __: list[bytes]) -> None:
        made = self._recipe()
        self.send({"kind": "code", "code": made.code, "saved": list(made.saved)})

    def _take_stop(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._call("stop")

    def _take_again(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._call("again")

    def _take_follow(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._call("follow")

    def _call(self, kind: str) -> None:
        call = self._calls[kind]
        if call:
            call()
