"""SSIM as Wang, Bovik, Sheikh and Simoncelli defined it in 2004: on luma, a Gaussian window."""

from __future__ import annotations

import numpy as np
from PIL import Image

_WINDOW_PX = 11
_SIGMA_PX = 1.5
_K1, _K2, _RANGE = 0.01, 0.03, 255


def ssim(first: Image.Image, second: Image.Image) -> float:
    """Return the mean likeness of two pictures, 1.0 for equal ones; the second is resized."""
    if second.size != first.size:
        second = second.resize(first.size, Image.Resampling.BICUBIC)
    a, b = (np.asarray(image.convert("L"), float) for image in (first, second))
    mean_a, mean_b = _smooth(a), _smooth(b)
    var_a, var_b = _smooth(a * a) - mean_a**2, _smooth(b * b) - mean_b**2
    shared = _smooth(a * b) - mean_a * mean_b
    c1, c2 = (_K1 * _RANGE) ** 2, (_K2 * _RANGE) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * shared + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


def _smooth(values: np.ndarray) -> np.ndarray:
    """Weigh with the window along both axes, where it lies within the picture."""
    offsets = np.arange(_WINDOW_PX) - _WINDOW_PX // 2
    window = np.exp(-(offsets**2) / (2 * _SIGMA_PX**2))
    window /= window.sum()
    for axis in (0, 1):
        views = np.lib.stride_tricks.sliding_window_view(values, _WINDOW_PX, axis)
        values = views @ window
    return values
