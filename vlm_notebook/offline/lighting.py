"""The light of two pictures: what makes the levels of one those of the other throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Levels = NDArray[np.int16]

MAX_SHIFT = 30
"""Levels of 255 by which one picture may be brighter throughout and still be the same."""

MAX_GAIN = 2.5
"""Levels stretched more than this leave too little to compare."""

NEAR = 8
"""Levels of 255 within which the light explains a pixel: JPEG and rounding stay below."""

CLEARLY = 0.05
"""A stretch of the levels must explain this much more of the picture than a shift does."""

SAMPLED = 3
"""Every third pixel both ways tells the light as well as all do."""

BIN = 16
BIN_SHARE = 0.005
CLIPPED = 5
"""Levels are held together in sixteenths of the range that hold half a per cent of the picture
and do not lie at its ends, where levels are cut off."""


@dataclass(frozen=True, slots=True)
class Light:
    """How the levels of one picture, `of` (0 the first, 1 the second), become the other's."""

    of: int = 0
    gain: float = 1.0
    shift: float = 0.0

    def luma(self, pair: tuple[Levels, Levels]) -> tuple[Levels, Levels]:
        """Return luma of both as in the same light."""
        import numpy as np

        levels = pair[self.of]
        if self.gain == 1:
            lit = levels + np.int16(round(self.shift))
        else:
            lit = np.clip(np.rint(levels * self.gain + self.shift), 0, 255).astype(np.int16)
        return (lit, pair[1]) if self.of == 0 else (pair[0], lit)

    def pictures(self, one: Image.Image, two: Image.Image) -> tuple[Image.Image, Image.Image]:
        """Return both (RGB) as in the same light, with what is too bright cut off alike."""
        table = [min(max(round(level * self.gain + self.shift), 0), 255) for level in range(256)]
        lit = (two if self.of else one).point(table * 3)
        return (one, lit) if self.of else (lit, two)


def light(one: Levels, two: Levels) -> Light:
    """Return the light that makes luma of `one` and `two`, of the same shape, most alike.

    It is the same light, turned round, when the pictures are.

    >>> import numpy as np
    >>> levels = np.arange(240, dtype=np.int16).reshape(1, 240).repeat(9, axis=0)
    >>> light(levels, levels // 2).gain
    2.0
    """
    pair = one[::SAMPLED, ::SAMPLED], two[::SAMPLED, ::SAMPLED]
    shifted = _shifted(one, two)
    stretched = [found for of in (0, 1) if (found := _stretched(pair, of=of))]
    if not stretched:
        return shifted
    best = max(stretched, key=lambda found: _explained(found, pair))
    better = _explained(best, pair) > _explained(shifted, pair) + CLEARLY
    return best if better else shifted


def _shifted(one: Levels, two: Levels) -> Light:
    """Return what one picture is brighter by throughout."""
    import numpy as np

    shift = int(np.clip(np.trunc(np.median(two - one)), -MAX_SHIFT, MAX_SHIFT))
    return Light(1, shift=-shift) if shift > 0 else Light(0, shift=shift)


def _stretched(pair: tuple[Levels, Levels], *, of: int) -> Light | None:
    """Return the line through the levels of the picture `of` and the other's there."""
    import numpy as np

    dim, lit = pair[of].ravel(), pair[1 - of].ravel()
    points = []
    for low in range(0, 256, BIN):
        inside = (dim >= low) & (dim < low + BIN)
        level = float(np.median(lit[inside])) if inside.any() else 0.0
        if inside.mean() >= BIN_SHARE and CLIPPED < level < 255 - CLIPPED:
            points.append((float(dim[inside].mean()), level, float(inside.sum()) ** 0.5))
    if len(points) < 2:  # noqa: PLR2004 - a line takes two points
        return None
    x, y, weight = np.array(points).T
    gain, shift = np.polyfit(x, y, 1, w=weight)
    return Light(of, round(float(gain), 2), float(shift)) if 1 < gain <= MAX_GAIN else None


def _explained(found: Light, pair: tuple[Levels, Levels]) -> float:
    """Return the share of pixels that the light makes equal, nearly."""
    import numpy as np

    one, two = found.luma(pair)
    return float((np.abs(one - two) <= NEAR).mean())
