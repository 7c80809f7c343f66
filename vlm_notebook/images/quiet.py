"""Pillow's and matplotlib's warnings, kept out of the user's cell."""

from __future__ import annotations

import warnings
from threading import Lock


class Quiet:
    """Hides warnings while any thread is inside; what matters of them is checked by us.

    `warnings.catch_warnings` swaps global state, so threads that overlap would restore each
    other's filters: here the first one in opens it and the last one out closes it.

    >>> with Quiet():
    ...     warnings.warn("nobody sees this")
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._caught.__exit__(None, None, None)


QUIET = Quiet()
"""The one that all of this package's decoding shares."""
