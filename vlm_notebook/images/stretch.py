"""Numbers of any depth -> 0 to 255."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE_MAX = 255
_WORD_MAX = 65_535
_TWELVE_BIT_MAX = 4_095
"""Microscopes and scanners keep 10 or 12 bits in 16: shown by the full range they are black."""

_OVERSHOOT = 0.1
"""What resampling and sharpening leave below 0 and above 1 in a picture of 0 to 1."""

_PART_VALUES = 1 << 20
"""Copies are made of so many values at a time: a large scan has to fit in memory once only."""

Ends = tuple[float, float]
"""The values that mean black and white."""


def to_uint8(values: Any, ends: Ends | None = None) -> Any:
    """Return a numpy array of integers or floats as uint8 of the same shape.

    Args:
        values: of any shape but (); the first axis is worked through in parts.
        ends: which values mean black and white, where the array is part of a larger one.

    Floats within [0, 1], or up to 0.1 beyond, mean black to white; so do whole numbers and floats
    within 0..255, and within 0..65535 where some are over 4095. Anything else is stretched from
    its own smallest to its largest value. NaN and minus infinity become black, infinity white.

    >>> import numpy
    >>> to_uint8(numpy.array([0.0, 0.5, 1.0])).tolist()
    [0, 128, 255]
    >>> to_uint8(numpy.array([-1000, 0, 1000])).tolist()
    [0, 128, 255]
    """
    import numpy as np

    black, white = ends or ends_of(*extent(values), values.dtype)
    done = np.empty(values.shape, np.uint8)
    for part in _parts(values):
        done[part] = _scaled(values[part], black, white)
    return done


def extent(values: Any) -> tuple[float, float]:
    """Return the smallest and the largest finite value of a numpy array; 0 and 0 of none.

    >>> import numpy
    >>> extent(numpy.array([3.0, numpy.nan, numpy.inf, -1.0]))
    (-1.0, 3.0)
    """
    found: list[float] = []
    for part in _parts(values):
        found += _finite_ends(values[part])
    return (min(found), max(found)) if found else (0.0, 0.0)


def _finite_ends(values: Any) -> list[float]:
    """Return the smallest and largest; values are picked out only where some are not finite."""
    import numpy as np

    ends = [float(values.min()), float(values.max())] if values.size else []
    if np.isfinite(ends).all():
        return ends
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if finite.size else []


def ends_of(low: float, high: float, dtype: Any) -> Ends:
    """Return which values mean black and white in an array of this extent and numpy dtype.

    >>> import numpy
    >>> ends_of(0, 0.7, numpy.dtype("float32")), ends_of(12, 60000, numpy.dtype("uint16"))
    ((0.0, 1.0), (0.0, 65535.0))
    """
    if dtype.kind == "f" and low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT:
        return 0.0, 1.0
    if low < 0 or high > _WORD_MAX:
        return low, high
    if high <= _BYTE_MAX and dtype.str[1:] != "u2":
        return 0.0, float(_BYTE_MAX)
    return (0.0, float(_WORD_MAX)) if high > _TWELVE_BIT_MAX else (low, high)


def _parts(values: Any) -> Iterator[slice]:
    rows = max(1, _PART_VALUES // max(1, values[:1].size))
    return (slice(at, at + rows) for at in range(0, len(values), rows))


def _scaled(values: Any, black: float, white: float) -> Any:
    import numpy as np

    exact = values.astype(np.result_type(values.dtype, np.float32))
    np.nan_to_num(exact, copy=False, nan=black, posinf=white, neginf=black)
    np.clip(exact, black, white, out=exact)
    exact -= black
    exact /= (white - black) or 1.0
    exact *= _BYTE_MAX
    return np.rint(exact, out=exact).astype(np.uint8)
