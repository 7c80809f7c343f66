"""Awkward pictures from `load` to `prepare`: where they lie and what comes of them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

from vlm_notebook.errors import ImageError
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

AWKWARD = Path(__file__).parent / "data" / "awkward"
GOOD_PNG = AWKWARD / "ok_rgb.png"
SIZE = (96, 64)
MB = 1_000_000


def outcome(picture):
    """Return the source, or the error's one line, and the bytes that Python objects took."""
    tracemalloc.start()
    try:
        source = load(picture)
        prepare(source)
    except ImageError as error:
        return None, str(error), tracemalloc.get_traced_memory()[1]
    else:
        return source, "", tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
