"""A palette: the few colour names that people use, and how much of a picture each covers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Floats = NDArray[np.float64]

ANCHORS: dict[str, str] = {
    "black": "#000000 #1c1c1c #101418 #1a1210",
    "white": "#ffffff #f6f6f6 #fbf9f2 #f4f8fb",
    "grey": "#808080 #3a3a3a #5a5a5a #a8a8a8 #cccccc #e0e0e0 #6b747c #8f8a84 #b4bcc4 #454c54 "
    "#c8c4bc",
    "red": "#ff0000 #c81e1e #9c1010 #e84040 #6e0c10 #b83a38 #ec2a50",
    "orange": "#ff8000 #f26a1b #ffa030 #d9681c #ff9a5c #e0812a",
    "yellow": "#ffff00 #ffd91a #f7ec70 #e0c41c #fffa9c #c8b820 #f0d060",
    "green": "#00c000 #1c7a2a #0b3d14 #55a630 #8ede6a #b8f0a0 #6b7a2c #3c5a3a #9ccc20 #78a078 "
    "#2fc872 "
    "#a8d8a8 #c8ff40 #44542a",
    "teal": "#008080 #10a8a0 #40d8d0 #00ffff #0a5858 #6ab0b0 #a8ece8 #20c4b0 #0c98a8",
    "blue": "#0000ff #1f6fd6 #4aa0f0 #90c8f8 #2a50a8 #5878b8 #1a48e8 #b4d4f4 #3a7ca8 #6a90b8 "
    "#00a8f0 "
    "#4048e0",
    "navy": "#000080 #0a1c50 #14284c #101060 #1c3060",
    "purple": "#800080 #4b0082 #6a2fb8 #9a50d8 #b890e8 #4a1060 #7a5090 #d0b8f0 #a020f0 "
    "#8860a0 #a848a8",
    "pink": "#ffc0cb #ff69b4 #ff1493 #f08fa8 #e85a90 #f8b0d8 #ff40ff #d84890 #c87890 #f4a8a0",
    "brown": "#8b4513 #a52a2a #5c3a21 #a0642c #3c2414 #7a5a3c #9c7a50 #6e4a10 #8a5a48 #4c3424",
    "beige": "#f5f5dc #e8d8b8 #d2b48c #f0dcc0 #c8b08a #e4d0b0 #ddc8a8",
}
"""What each name looks like, as sRGB; a colour gets the name of the nearest anchor.

Chosen by eye; judged on the colours of the xkcd colour survey (2010, CC0) whose
last word is one of the names.
"""

MIN_SHARE = 0.04
"""A colour under a twenty-fifth of the picture is a detail."""

MAX_COLORS = 5
"""More than five names make no description."""

LIGHTNESS_WEIGHT = 0.7
"""People keep a colour's name through light and shade better than through a change of hue."""

_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ under D65 (IEC 61966-2-1; digits of B. Lindbloom's table)."""

_TOE = 0.04045
"""sRGB values up to this are linear in light (IEC 61966-2-1)."""

_WHITE = (0.95047, 1.0, 1.08883)
"""The D65 white point in XYZ, 2 degree observer (the same table)."""


@dataclass(frozen=True, slots=True)
class ColorShare:
    """A colour and how much of a picture it covers.

    Attributes:
        name: one of the keys of `ANCHORS`.
        share: of the picture's area, 0 to 1.
    """

    name: str
    share: float


def lab(rgb: NDArray[np.uint8]) -> Floats:
    """Return CIELAB (L* 0 to 100, a*, b*) of sRGB values: any shape ending in 3, 0 to 255.

    The formulas are CIE 15:2004's and, for the transfer curve, IEC 61966-2-1's.

    >>> import numpy as np
    >>> [round(float(v)) for v in lab(np.array([255, 0, 0], dtype=np.uint8))]
    [53, 80, 67]
    """
    import numpy as np

    c = rgb / 255.0
    linear = np.where(c <= _TOE, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(_TO_XYZ).T / np.array(_WHITE)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def name_of(rgb: tuple[int, int, int]) -> str:
    """Return the name of one sRGB colour (0 to 255 each).

    >>> name_of((250, 250, 250)), name_of((20, 30, 90)), name_of((220, 30, 40))
    ('white', 'navy', 'red')
    """
    import numpy as np

    return list(ANCHORS)[int(_nearest(lab(np.array([rgb], dtype=np.uint8)))[0])]


def colors(image: Image.Image) -> tuple[ColorShare, ...]:
    """Return the colours that cover at least `MIN_SHARE` of an RGB picture, largest first.

    >>> from PIL import Image
    >>> colors(Image.new("RGB", (4, 4), "navy"))
    (ColorShare(name='navy', share=1.0),)
    """
    import numpy as np

    values, counts = _histogram(np.asarray(image).reshape(-1, 3))
    totals = np.bincount(_nearest(lab(values)), weights=counts, minlength=len(ANCHORS))
    shares = zip(ANCHORS, (totals / counts.sum()).tolist(), strict=True)
    found = [ColorShare(name, round(share, 4)) for name, share in shares if share >= MIN_SHARE]
    return tuple(sorted(found, key=lambda color: -color.share)[:MAX_COLORS])


def _histogram(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the colours that occur, five bits a channel, and how often: a few thousand rows."""
    import numpy as np

    bits = (pixels >> 3).astype(np.int64)
    counts = np.bincount(bits @ np.array([1024, 32, 1]), minlength=32768)
    (codes,) = counts.nonzero()
    levels = np.stack([codes >> 10, (codes >> 5) & 31, codes & 31], axis=1)
    return (levels * 255 // 31).astype(np.uint8), counts[codes]


def _nearest(points: Floats) -> NDArray[np.int64]:
    import numpy as np

    anchors, owners = _anchors()
    scale = np.array([LIGHTNESS_WEIGHT, 1, 1])
    a, b = points * scale, anchors * scale
    distance = (a**2).sum(1)[:, None] - 2 * a @ b.T + (b**2).sum(1)
    return np.asarray(owners[distance.argmin(axis=1)])


@cache
def _anchors() -> tuple[Floats, NDArray[np.int64]]:
    import numpy as np

    codes = [(i, code) for i, group in enumerate(ANCHORS.values()) for code in group.split()]
    rgb = [list(bytes.fromhex(code[1:])) for _, code in codes]
    return lab(np.array(rgb, dtype=np.uint8)), np.array([i for i, _ in codes], dtype=np.int64)
