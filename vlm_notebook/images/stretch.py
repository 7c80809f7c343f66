"""Numbers of any depth -> 0 to 255."""

from __future__ import annotations

from typing import Any

_BYTE_MAX = 255
_WORD_MAX = 65_535
_TWELVE_BIT_MAX = 4_095
"""Microscopes and scanners keep 10 or 12 bits in 16: shown by the full range they are black."""


def to_uint8(values: Any) -> Any:
    """Return a numpy array of integers or floats as uint8 of the same shape.

    Floats within [0, 1] mean black to white; so do whole numbers and floats within 0..255, and
    within 0..65535 where some are over 4095. Anything else is stretched from its own smallest to
    its largest value. NaN and minus infinity become black, infinity white.

    >>> import numpy
    >>> to_uint8(numpy.array([0.0, 0.5, 1.0])).tolist()
    [0, 128, 255]
    >>> to_uint8(numpy.array([-1000, 0, 1000])).tolist()
    [0, 128, 255]
    """
    import numpy as np

    low, high = _value_range(values)
    exact = values.astype(np.result_type(values.dtype, np.float32))
    filled = np.nan_to_num(exact, nan=low, posinf=high, neginf=low)
    scaled = (filled.clip(low, high) - low) / ((high - low) or 1.0)
    return (scaled * _BYTE_MAX).round().astype(np.uint8)


def _value_range(values: Any) -> tuple[float, float]:
    """Return which values mean black and white."""
    import numpy as np

    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low < 0 or high > _WORD_MAX:
        return low, high
    if values.dtype.kind == "f" and high <= 1:
        return 0.0, 1.0
    if high <= _BYTE_MAX and values.dtype.str[1:] != "u2":
        return 0.0, float(_BYTE_MAX)
    return (0.0, float(_WORD_MAX)) if high > _TWELVE_BIT_MAX else (low, high)
