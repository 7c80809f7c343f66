"""Digits on a coloured ground: pictures whose content is known, to be asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlm_notebook.images.prepare import prepare

if TYPE_CHECKING:
    from vlm_notebook.images.prepare import PreparedImage

SIDE_PX = 128


def digit(segments: str, ground: tuple[int, int, int]) -> PreparedImage:
    """Draw a white digit of seven segments ("a" on top, clockwise, "g" the middle) on a ground."""
    import numpy as np

    width, left, right, top, middle, bottom = 10, 40, 88, 20, 64, 108
    bars = {
        "a": (slice(top, top + width), slice(left, right)),
        "b": (slice(top, middle), slice(right - width, right)),
        "c": (slice(middle, bottom), slice(right - width, right)),
        "d": (slice(bottom - width, bottom), slice(left, right)),
        "e": (slice(middle, bottom), slice(left, left + width)),
        "f": (slice(top, middle), slice(left, left + width)),
        "g": (slice(middle - width // 2, middle + width // 2), slice(left, right)),
    }
    pixels = np.full((SIDE_PX, SIDE_PX, 3), ground, "uint8")
    for name in segments:
        pixels[bars[name]] = 255
    return prepare(pixels, detail="low")


def pictures() -> tuple[PreparedImage, PreparedImage]:
    """Return a 4 on green and a 7 on blue."""
    return digit("bcfg", (0, 140, 0)), digit("abc", (0, 0, 200))
