"""The place of something that may be under way: live at first, then a static bundle there."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from vlm_notebook.view.cell import say
from vlm_notebook.view.surface import cell_id, surface

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_live() -> bool:
    """Tell whether what is shown now may change by itself afterwards."""
    return surface() == "live"


class Stage:
    """Remembers where something is shown; it may be used from any thread.

    Args:
        widget: what is shown as long as it is under way; None where only the end is shown. It has
            `hand_over`, which is given the bundle at the end.
    """

    def __init__(self, widget: Any = None) -> None:
        self._widget = widget
        self._lock = Lock()
        self._shown: list[tuple[str | None, Any]] = []
        self._handles: list[tuple[Any, Any]] = []

    def open(self, value: Any) -> None:
        """Show the widget, in whose place the bundle of `value` will stand."""
        from IPython.display import display

        with self._lock:
            self._shown.append((cell_id(), value))
            self._handles.append((display(self._widget, display_id=True), value))

    def has(self, value: Any) -> bool:
        """Tell whether the running cell shows `value`; what is still live is shown once more."""
        if any(cell == cell_id() and one is value for cell, one in self._shown):
            if surface() == "terminal":
                say("as above\n")
            return True
        if self._widget is None or not is_live():
            return False
        self.open(value)
        return True

    def leave(self) -> None:
        """Put the bundles in the widget's place, then let the widget go."""
        from vlm_notebook.view.remains import leave

        with self._lock:
            bundles = [(handle, value._repr_mimebundle_()) for handle, value in self._handles]
            for handle, bundle in bundles:
                handle.update(bundle, raw=True)
            widget, self._widget = self._widget, None
        widget.hand_over(bundles[0][1])
        leave(widget, bundles[0][1])

    def present(self, value: Any, bundle: Mapping[str, str]) -> None:
        """Show the end alone: as a bundle in a notebook, as text elsewhere."""
        if surface() in ("terminal", "script"):
            say(bundle["text/plain"] + "\n")
        else:
            from IPython.display import display

            display(dict(bundle), raw=True)
        with self._lock:
            self._shown.append((cell_id(), value))
