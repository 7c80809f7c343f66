"""A part of a picture that a question names: a half, a quarter or the middle, and what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from vlm_notebook.offline.lexicon import entries, pattern
from vlm_notebook.offline.regions import Part
from vlm_notebook.offline.transcript import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlm_notebook.offline.perception import Perception
    from vlm_notebook.offline.voice import Voice
    from vlm_notebook.offline.word import Box

PARTS: tuple[Part, ...] = get_args(Part)


def asked_part(clause: str) -> Part | None:
    """Return the part of the picture that a clause in lower case names, if it names one.

    >>> asked_part("what do you see on the left?"), asked_part("右下角有什么"), asked_part("what")
    ('left', 'bottom right', None)
    """
    if pattern("places", "other").search(clause):
        return None
    return next((p for p in PARTS if p in entries("places") and _names(p, clause)), None)


def _names(part: Part, clause: str) -> bool:
    return pattern("places", part).search(clause) is not None


def lies_in(box: Box, part: str, size: tuple[int, int]) -> bool:
    """Whether the middle of a box lies in a part of a picture of (width, height) pixels.

    >>> lies_in((0, 0, 10, 10), "top left", (100, 100)), lies_in((0, 0, 9, 9), "right", (100, 100))
    (True, False)
    """
    left, top, right, bottom = bounds(part, size)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return left <= x < right and top <= y < bottom


def bounds(part: str, size: tuple[int, int]) -> Box:
    """Return the box of a part: a half for a side, a quarter for a corner, the middle third."""
    width, height = size
    if part == "centre":
        return width // 3, height // 3, -(-2 * width // 3), -(-2 * height // 3)
    return (
        width // 2 if "right" in part else 0,
        height // 2 if "bottom" in part else 0,
        width // 2 if "left" in part else width,
        height // 2 if "top" in part else height,
    )


def say_part(voice: Voice, seen: Perception, part: str) -> Iterator[str]:
    """Say which things and lines lie in a part of the picture, and its colours."""
    from vlm_notebook.offline.palette import colors

    size = seen.image.size
    yield voice.say("part", part=voice.say(f"part.{part}"))
    crop = seen.image.crop(bounds(part, size))
    yield voice.say("part.colors", colors=voice.colors(colors(crop)))
    things = [f for f in seen.findings or () if f.box and lies_in(f.box, part, size)]
    lines = [line for line in seen.reading.lines if lies_in(line.box, part, size)]
    if things:
        yield voice.say("part.things", things=voice.things(things))
    if lines:
        yield voice.count("part.text", len(lines))
        yield from quoted(lines)
    elif not things:
        yield voice.say("part.nothing")
