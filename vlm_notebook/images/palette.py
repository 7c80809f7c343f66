"""RGB pixels of a drawing -> indexes into at most 256 colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

COLORS = 256

NEAR_RMS = 2.0
"""How far off pixels may be on average, of 255 a channel; text as JPEG of quality 85 is 2.5 off."""

_RGB_BITS = 0xFFFFFF
_SHORT_BITS = 18
_MEANT_PIXELS = 250_000
"""So many pixels tell the mean colour of a bin well enough."""

_OWN_ENTRIES = 24
"""So many colours that the search for a palette served worst get an entry of their own."""

_MAX_BINS = 4_000
"""Of 262,144: with more it is no drawing, and its colours are not looked at one by one."""


def exact(image: Image.Image) -> Image.Image | None:
    """Return RGB pixels as indexes into exactly their colours; None where these are over 256.

    Pillow's own search for a palette takes twenty times as long, and holds every thread up.
    """
    colors = image.getcolors(COLORS)
    if colors is None:
        return None
    import numpy as np

    entries = np.asarray(sorted(color for _, color in colors), np.uint32)
    return _indexed(packed(image), _pack(entries), np.arange(len(entries)), entries)


def near(image: Image.Image) -> Image.Image | None:
    """Return RGB pixels as indexes into about their colours; None where that changes too much.

    The edges of letters that were shrunk have thousands of colours, all between two or three.
    """
    import numpy as np

    values = packed(image)
    bins = _short(values)
    counts = np.bincount(bins.ravel(), minlength=1 << _SHORT_BITS)
    keys = np.flatnonzero(counts)
    if len(keys) > _MAX_BINS:
        return None
    means = _means(values, bins, keys)
    entries = _chosen(means, counts[keys])
    distances = _distances(means, entries.astype(float))
    off = (distances.min(1) * counts[keys]).sum() / bins.size
    return None if off > NEAR_RMS**2 else _indexed(bins, keys, distances.argmin(1), entries)


def _distances(colors: Any, entries: Any) -> Any:
    """Return the mean square over the channels between each colour and each entry."""
    channels = zip(colors.T, entries.T, strict=True)
    return sum((color[:, None] - entry[None]) ** 2 for color, entry in channels) / 3


def _means(values: Any, bins: Any, keys: Any) -> Any:
    """Return the mean colour in each bin, as an array of (bins, 3); its middle where unseen."""
    import numpy as np

    step = max(1, values.size // _MEANT_PIXELS)
    seen, inside = values[::step], bins[::step].ravel()
    counts = np.bincount(inside, minlength=1 << _SHORT_BITS)[keys]
    sums = [
        np.bincount(inside, (seen >> at & 0xFF).ravel(), minlength=1 << _SHORT_BITS)[keys]
        for at in (0, 8, 16)
    ]
    middles = np.stack([(keys >> at & 0x3F) * 4 + 1.5 for at in (0, 6, 12)], 1)
    means = np.stack(sums, 1) / np.maximum(counts, 1)[:, None]
    return np.where(counts[:, None] > 0, means, middles)


def _short(values: Any) -> Any:
    """Return the upper six bits of each channel as one number: finer differences share an entry."""
    return (values >> 2 & 0x3F) | (values >> 4 & 0xFC0) | (values >> 6 & 0x3F000)


def _chosen(means: Any, counts: Any) -> Any:
    """Return a palette for colours, rare ones too: an array of (colours, 3)."""
    import numpy as np
    from PIL import Image as Pillow

    often = 1 + np.log2(counts).astype(int)  # so that rare colours have a say
    sample = np.repeat(means.round().astype(np.uint8), often, 0)[None]
    few = COLORS - _OWN_ENTRIES
    found = Pillow.fromarray(sample).quantize(few, dither=Pillow.Dither.NONE).getpalette()
    entries = np.asarray(found or [0, 0, 0], float).reshape(-1, 3)
    worst = (_distances(means, entries).min(1) * np.sqrt(counts)).argsort()[-_OWN_ENTRIES:]
    return np.unique(np.vstack([entries, means[worst].round()]).astype(np.uint32), axis=0)


def packed(image: Image.Image) -> Any:
    """Return RGB pixels as one number each, red lowest: an array of (height, width)."""
    import numpy as np

    return np.asarray(image.convert("RGBX")).view("<u4")[..., 0] & _RGB_BITS


def _pack(entries: Any) -> Any:
    return entries[:, 0] | entries[:, 1] << 8 | entries[:, 2] << 16


def _indexed(values: Any, keys: Any, indexes: Any, entries: Any) -> Image.Image:
    import numpy as np
    from PIL import Image as Pillow

    table = np.zeros(1 << 24, np.uint8)  # the system gives memory only where it is touched
    table[keys] = indexes
    image = Pillow.fromarray(table[values])
    image.putpalette([int(channel) for channel in entries.ravel()])
    return image
