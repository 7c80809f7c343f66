"""What is where in the picture: NanoDet-g and the eighty things of COCO."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vlm_notebook.offline import network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from vlm_notebook.offline.finding import Box

SIDE_PX = 416
STRIDES_PX = (8, 16, 32)
BINS = 11
"""The distance to each side of a box comes as a distribution over 0 to 10 strides."""

MEAN = (103.53, 116.28, 123.675)
DEVIATION = (57.375, 57.12, 58.395)
"""Of the blue, green and red values that NanoDet was trained on (its configuration file)."""

MOST = 300
"""More candidates than this are the same few things again and again."""

SAME_THING = 0.5
"""Boxes of one kind that share this much of their union are one thing."""

WITHIN = 0.85
"""A box of the same kind that lies so far within another is a part of that thing."""

SAME_PLACE = 0.75
"""Boxes of two kinds that share this much of their union are two guesses at one thing."""


@dataclass(frozen=True, slots=True)
class Located:
    """One thing in its place.

    Attributes:
        kind: its number in the COCO table, 0 to 79.
        score: 0 to 1.
        box: left, top, right, bottom in pixels of the picture.
    """

    kind: int
    score: float
    box: Box

    @property
    def area(self) -> int:
        """The box's area in square pixels."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    def shared(self, other: Located) -> int:
        """Return the area that both boxes cover, in square pixels."""
        width = min(self.box[2], other.box[2]) - max(self.box[0], other.box[0])
        height = min(self.box[3], other.box[3]) - max(self.box[1], other.box[1])
        return max(0, width) * max(0, height)

    def overlap(self, other: Located) -> float:
        """Return the share of the two boxes' union that both cover, 0 to 1.

        >>> Located(0, 0.9, (0, 0, 10, 10)).overlap(Located(0, 0.8, (0, 0, 10, 5)))
        0.5
        """
        shared = self.shared(other)
        return shared / (self.area + other.area - shared)

    def repeats(self, other: Located) -> bool:
        """Tell whether this is the same thing as one of the same kind that scored more."""
        within = self.shared(other) >= WITHIN * min(self.area, other.area)
        return self.kind == other.kind and (within or self.overlap(other) >= SAME_THING)

    def disputes(self, other: Located) -> bool:
        """Tell whether this is another guess at what is in the place of `other`.

        >>> Located(0, 0.9, (0, 0, 10, 10)).disputes(Located(1, 0.8, (0, 0, 10, 9)))
        True
        """
        return self.overlap(other) >= SAME_PLACE


def locate(image: Image, *, least: float) -> tuple[Located, ...]:
    """Return the things that score `least` or more, best first, each once.

    Args:
        image: an RGB picture of any size.
        least: the lowest score wanted, 0 to 1.
    """
    import numpy as np

    scores, sides = network.run("objects", _pixels(image))
    points, kinds = np.nonzero(scores >= least)
    # A stable sort: equal scores keep the order of their places, on every machine.
    best = np.argsort(-scores[points, kinds], kind="stable")[:MOST]
    points, kinds = points[best], kinds[best]
    boxes = _boxes(points, sides[points], image.size)
    found = zip(kinds.tolist(), scores[points, kinds].tolist(), boxes.tolist(), strict=True)
    things = [Located(kind, score, tuple(box)) for kind, score, box in found]
    return without(Located.repeats, things)


def without(
    clash: Callable[[Located, Located], bool], things: Iterable[Located]
) -> tuple[Located, ...]:
    """Keep of things that clash the first; `things` come best first.

    >>> wide, tall = Located(0, 0.9, (0, 0, 10, 10)), Located(0, 0.8, (0, 0, 10, 9))
    >>> without(Located.repeats, [wide, tall]) == (wide,)
    True
    """
    kept: list[Located] = []
    for thing in things:
        if not any(clash(thing, other) for other in kept):
            kept.append(thing)
    return tuple(kept)


def _scale(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return width and height of the picture in the network's square, and the bars before it."""
    factor = SIDE_PX / max(size)
    width, height = (max(1, round(length * factor)) for length in size)
    return width, height, (SIDE_PX - width) // 2, (SIDE_PX - height) // 2


def _pixels(image: Image) -> NDArray[np.float32]:
    """Return the picture as (3, 416, 416), blue first, between black bars."""
    import numpy as np
    from PIL.Image import Resampling

    width, height, left, top = _scale(image.size)
    square = np.zeros((SIDE_PX, SIDE_PX, 3), np.float32)
    inner = np.asarray(image.resize((width, height), Resampling.BILINEAR), np.float32)
    square[top : top + height, left : left + width] = inner[..., ::-1]
    scaled = (square - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


@cache
def _grid() -> NDArray[np.float32]:
    """Return (3549, 3): x and y of each point's middle, and its stride, in the square's pixels."""
    import numpy as np

    parts = []
    for stride in STRIDES_PX:
        middles = (np.arange(SIDE_PX // stride, dtype=np.float32) + 0.5) * stride
        y, x = np.meshgrid(middles, middles, indexing="ij")
        parts.append(np.stack([x.ravel(), y.ravel(), np.full(x.size, stride)], axis=1))
    return np.concatenate(parts).astype(np.float32)


def _boxes(
    points: NDArray[np.intp], sides: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.int64]:
    """Return (n, 4) boxes in pixels of the picture, at least a pixel wide and high.

    Args:
        points: (n,) indices into the grid.
        sides: (n, 44), for left, top, right and bottom a distribution over 11 distances.
        size: width and height of the picture in pixels.
    """
    import numpy as np

    x, y, stride = _grid()[points].T
    powers = np.exp(sides.reshape(-1, 4, BINS) - sides.max(initial=0.0))
    distances = powers @ np.arange(BINS, dtype=np.float32) / powers.sum(axis=2)
    left, top, right, bottom = (distances * stride[:, None]).T
    corners = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    inner_width, inner_height, bar_left, bar_top = _scale(size)
    factors = np.array([size[0] / inner_width, size[1] / inner_height] * 2)
    boxes = np.rint((corners - np.array([bar_left, bar_top] * 2)) * factors).astype(np.int64)
    first = np.clip(boxes[:, :2], 0, np.array(size) - 1)
    last = np.clip(boxes[:, 2:], first + 1, size)
    return np.concatenate([first, last], axis=1)
