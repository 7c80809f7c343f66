"""Hold: keeps the keyboard's interrupt back while something would be left half done."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Hold:
    """Notes interrupts within a `with`, and raises KeyboardInterrupt at the end of the outermost.

    A KeyboardInterrupt can break in between any two instructions: behind the start of a request
    and before anybody holds it, or in the middle of what ends a card. Noted instead of raised, it
    can do neither. Python gives signals to the main thread alone: on others this does nothing, nor
    does it where someone has a handler of their own that decides what an interrupt means.

    Args:
        on_interrupt: called at the first interrupt, between two instructions of the main thread.

    Attributes:
        came_at: `time.monotonic()` of the first interrupt, in seconds, or None.

    >>> with Hold() as hold:
    ...     hold.came
    False
    """

    def __init__(self, on_interrupt: Callable[[], object] | None = None) -> None:
        self._on_interrupt = on_interrupt
        self.came_at: float | None = None
        self._before: Any = None

    @property
    def came(self) -> bool:
        """Whether there was an interrupt."""
        return self.came_at is not None

    @property
    def since_s(self) -> float:
        """Seconds since the first interrupt; 0 where there was none."""
        return 0.0 if self.came_at is None else time.monotonic() - self.came_at

    def tell(self, on_interrupt: Callable[[], object]) -> None:
        """Have `on_interrupt` called at the first interrupt, at once if it has been."""
        self._on_interrupt = on_interrupt
        if self.came:
            on_interrupt()

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if _may_be_held(before):
                self._before = before
                signal.signal(signal.SIGINT, self.note)
            if isinstance(outer := _owner(before), Hold) and outer.came:
                self._take(outer.came_at)
        return self

    def note(self, *_: object) -> None:
        """Take an interrupt."""
        if not self.came:
            self._take(time.monotonic())

    def _take(self, at: float | None) -> None:
        self.came_at = at
        if self._on_interrupt:
            self._on_interrupt()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._before is None:
            return
        signal.signal(signal.SIGINT, self._before)
        if not self.came:
            return
        if isinstance(outer := _owner(self._before), Hold):
            outer.note()
        elif not (kind and issubclass(kind, KeyboardInterrupt)):
            raise KeyboardInterrupt


def _owner(handler: Any) -> Any:
    """Return what a handler is a method of; None if it is of nothing."""
    return getattr(handler, "__self__", None)


def _may_be_held(handler: Any) -> bool:
    """Tell whether a handler does no more than to stop what runs.

    That of ipykernel for cells with an `await` waits for the loop, which a synchronous call blocks.
    """
    kernels = str(getattr(handler, "__module__", "")).startswith("ipykernel.")
    return kernels or handler is signal.default_int_handler or isinstance(_owner(handler), Hold)
