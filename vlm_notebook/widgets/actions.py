"""What stands below the prompt: going on from an answer, and asking several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.detail import levels_of
from vlm_notebook.view.control import Control, css, esm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vlm_notebook.view.control import State


class Actions(Control):
    """A form to compare models and details, and what the next question goes on from.

    Args:
        models: gives the ids to choose from, the one that is chosen now first.
        on_compare: called with models, details and how often each is asked.
        on_anew: called when the next question is to start a conversation of its own.
    """

    part = "actions"
    _esm = esm("actions")
    _css = css()

    def __init__(
        self,
        *,
        models: Callable[[], Iterable[str]],
        on_compare: Callable[[list[str], list[str], int], None],
        on_anew: Callable[[], None],
        language: str | None = None,
    ) -> None:
        super().__init__(language=language)
        self._models, self._on_compare, self._on_anew = models, on_compare, on_anew
        self._follows, self._busy = "", False

    def state(self) -> State:
        """Tell the models to choose from, which of them see originals, and the conversation."""
        models = [*self._models()]
        originals = [model for model in models if "original" in levels_of(model)]
        told = {"models": models, "originals": originals}
        return {**told, "follows": self._follows, "busy": self._busy}, []

    def show(self, *, follows: str | None = None, busy: bool | None = None) -> None:
        """Show another conversation, empty for none, or that answers are under way."""
        self._follows = self._follows if follows is None else follows
        self._busy = self._busy if busy is None else busy
        self.refresh()

    def _take_compare(self, content: dict[str, Any], _: list[bytes]) -> None:
        models, details = (list(map(str, content[name])) for name in ("models", "details"))
        self._on_compare(models, details, int(content["repeat"]))

    def _take_open(self, _: dict[str, Any], __: list[bytes]) -> None:
        self.refresh()

    def _take_anew(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._on_anew()
