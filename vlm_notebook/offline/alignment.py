"""The alignment of two pictures: by how many pixels one is shifted against the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Levels = NDArray[np.int16]
    Floats = NDArray[np.float64]

MAX_SHIFT = 0.02
"""Of the longest side: a page laid down again, a camera on a tripod that was touched."""


def offset(one: Levels, two: Levels) -> tuple[int, int]:
    """Return how far right and down `two` shows what `one` shows, in pixels; 0, 0 for not at all.

    Both are luma of the same shape. The shift is where the phases of their spectra agree, which
    light does not change; larger ones than `MAX_SHIFT` are not looked for.

    >>> import numpy as np
    >>> levels = np.random.default_rng(1).integers(0, 255, (120, 160)).astype(np.int16)
    >>> offset(levels, np.roll(levels, (2, -3), axis=(0, 1)))
    (-3, 2)
    """
    import numpy as np

    most = int(MAX_SHIFT * max(one.shape))
    if most < 1 or min(one.shape) <= 2 * most:
        return 0, 0
    spectrum = np.fft.rfft2(_faded(two)) * np.conj(np.fft.rfft2(_faded(one)))
    phases = spectrum / np.maximum(np.abs(spectrum), 1e-9)
    agreement = np.fft.irfft2(phases, one.shape)
    near = np.roll(agreement, (most, most), axis=(0, 1))[: 2 * most + 1, : 2 * most + 1]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    return int(right) - most, int(down) - most


def refined(one: Levels, two: Levels, guess: tuple[int, int]) -> tuple[int, int]:
    """Return the shift within a pixel of the guess at which luma of both is most alike."""
    import numpy as np

    def away(shift: tuple[int, int]) -> float:
        moved = np.roll(two, (-shift[1], -shift[0]), axis=(0, 1))
        return float(np.abs(one[::4] - moved[::4]).mean())

    steps = [(guess[0] + x, guess[1] + y) for y in (0, -1, 1) for x in (0, -1, 1)]
    return min(steps, key=away)


def _faded(levels: Levels) -> Floats:
    """Return levels around their mean, fading towards the edges, which would count as structure."""
    import numpy as np

    rows, columns = (np.hanning(side) for side in levels.shape)
    return np.asarray((levels - levels.mean()) * rows[:, None] * columns)
