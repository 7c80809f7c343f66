"""One thing that was recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom lie just outside."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was recognised in a picture.

    Attributes:
        name: a short everyday name in English.
        name_zh: the same in Simplified Chinese.
        confidence: 0 to 1; word it coarsely, the last digits differ between processors.
        box: where it is, or None when it is about the whole picture.
        source: `scene` when the picture as a whole was named, `object` when a thing was located.
    """

    name: str
    name_zh: str
    confidence: float
    box: Box | None
    source: Literal["scene", "object"]
