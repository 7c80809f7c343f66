"""What stands below the prompt: going on from an answer, and asking several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vlm_notebook.view.control import Control, css, esm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vlm_notebook.view.control import State


class Actions(Control):
    """A form to compare models and details, and what the next question goes on from.

    Args:
        on_compare: called with models, details and how often each is asked.
        on_anew: called when the next question is to start a conversation of its own.
    """

    part = "actions"
    _esm = esm("actions")
    _css = css()

    def __init__(
        self,
        *,
        on_compare: Callable[[list[str], list[str], int], None],
        on_anew: Callable[[], None],
        language: str | None = None,
    ) -> None:
        super().__init__(language=language)
        self._on_compare, self._on_anew = on_compare, on_anew
        self._state: dict[str, Any] = {"models": [], "model": "", "follows": "", "busy": False}

    def state(self) -> State:
        """Tell the models to choose from, the one that is chosen, and the conversation."""
        return dict(self._state), []

    def show(
        self,
        *,
        models: Iterable[str] | None = None,
        model: str | None = None,
        follows: str | None = None,
        busy: bool | None = None,
    ) -> None:
        """Show other models, another conversation, or that answers are under way."""
        told = {"models": models and [*models], "model": model, "follows": follows, "busy": busy}
        self._state |= {name: value for name, value in told.items() if value is not None}
        self.refresh()

    def _take_compare(self, content: dict[str, Any], _: list[bytes]) -> None:
        models, details = (list(map(str, content[name])) for name in ("models", "details"))
        self._on_compare(models, details, int(content["repeat"]))

    def _take_anew(self, _: dict[str, Any], __: list[bytes]) -> None:
        self._on_anew()
