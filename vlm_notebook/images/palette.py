"""RGB pixels of a drawing -> indexes into at most 256 colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

COLORS = 256

NEAR_RMS = 2.0
"""How far off pixels may be on average, of 255 a channel; text as JPEG of quality 85 is 2.5 off.

Shrunk text is 0.3 to 0.9 off and reads as well as without loss: of 135,751 letters on 78 rendered
pages and screenshots the embedded reader missed 597 and 590. On 13 other pages palettes of 64
and 32 colours missed 75 and 85 of 16,529, where 256 colours missed 68."""

_KEY_BITS, _LOWEST_BITS = 18, 0b1000001000001
"""Pixels whose channels agree in the upper six bits share an entry; where that makes over 256,
those that agree in five, without the lowest bits of each channel."""

_AREA_SHARE = 1 / 400
"""A fine bin of so many of the pixels is not joined to coarser ones: slow gradients keep steps
of 4 in 255, which do not show."""

_OWN_ENTRIES, _ROUNDS = 96, 8
"""So many groups that are far from all entries get one of their own, twelve at a time: on the
samples at four sizes no pixel is off by more than 15 of 255, with 24 at once by 28."""

_MAX_GROUPS = 2_000
"""With more it is no drawing."""

_SPREAD = 0x9E3779B1
"""An odd number near 2**32 over the golden ratio: its multiples lie evenly (Knuth, TAOCP 6.4)."""

_LEAST_HASH_BITS, _ALL_BITS = 16, 24

_BAND_PIXELS = 1 << 15
"""Pixels are looked up in bands that stay in a processor's cache: half the time at 0.8 MP."""


def exact(image: Image.Image) -> Image.Image | None:
    """Return RGB pixels as indexes into exactly their colours; None where these are over 256.

    Pillow's own search for a palette takes twenty times as long, and holds every thread up.
    """
    found = image.getcolors(COLORS)
    if found is None:
        return None
    import numpy as np

    entries = np.asarray(sorted(color for _, color in found), np.uint32)
    colors = entries[:, 0] | entries[:, 1] << 8 | entries[:, 2] << 16
    bits = _hash_bits(colors)
    table = np.zeros(1 << bits, np.uint8)
    table[_hashed(colors, bits)] = np.arange(len(colors))
    return _indexed(_looked_up(table, packed(image), lambda some: _hashed(some, bits)), entries)


def near(image: Image.Image) -> Image.Image | None:
    """Return RGB pixels as indexes into about their colours; None where that changes too much.

    The edges of letters that were shrunk have thousands of colours, all between two or three.
    A colour that fills an area is kept exactly, unless others nearer than 4 of 255 fill as much.
    """
    import numpy as np

    values = packed(image)
    colors, counts = _distinct(values)
    keys, bins = np.unique(_key(colors), return_inverse=True)
    groups = _joined(keys, np.bincount(bins, counts) / values.size)
    if groups.max() >= _MAX_GROUPS:
        return None
    channels, mine = _channels(colors), groups[bins]
    owners = _owners(_middles(channels, counts, mine), np.bincount(mine, counts))
    entries = _middles(channels, counts, owners[mine])
    off = ((channels - entries[owners[mine]]) ** 2).mean(1) @ counts / values.size
    if off > NEAR_RMS**2:
        return None
    table = np.zeros(1 << _KEY_BITS, np.uint8)
    table[keys] = owners[groups]
    return _indexed(_looked_up(table, values, _key), entries)


def packed(image: Image.Image) -> Any:
    """Return RGB pixels as one number each, red lowest, 255 on top: an array of (height, width)."""
    import numpy as np

    return np.asarray(image.convert("RGBX")).view("<u4")[..., 0]


def _distinct(values: Any) -> tuple[Any, Any]:
    """Return the colours there are, and how many pixels have each."""
    import numpy as np

    ordered = np.sort(values, None)
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return ordered[starts], np.diff(starts, append=ordered.size)


def _joined(keys: Any, shares: Any) -> Any:
    """Return which group each fine bin belongs to: its own, or that of the coarser bin it is in."""
    import numpy as np

    if len(keys) <= COLORS:
        return np.arange(len(keys))
    groups = np.where(shares < _AREA_SHARE, keys & ~np.uint32(_LOWEST_BITS), keys | 1 << _KEY_BITS)
    return np.unique(groups, return_inverse=True)[1]


def _key(values: Any) -> Any:
    """Return the upper six bits of each channel as one number."""
    return (values >> 2 & 0x3F) | (values >> 4 & 0xFC0) | (values >> 6 & 0x3F000)


def _channels(colors: Any) -> Any:
    import numpy as np

    return np.stack([colors >> at & 0xFF for at in (0, 8, 16)], 1).astype(np.float64)


def _middles(channels: Any, counts: Any, groups: Any) -> Any:
    """Return a colour for each group: one that most of its pixels have, or else their mean.

    Args:
        channels: the distinct colours, an array of (colours, 3).
        counts: how many pixels have each.
        groups: which group each belongs to, from 0; none is empty.
    """
    import numpy as np

    totals = np.bincount(groups, counts)
    sums = [np.bincount(groups, counts * channel) for channel in channels.T]
    means = np.round(np.stack(sums, 1) / totals[:, None])
    often = np.flatnonzero(2 * counts > totals[groups])
    means[groups[often]] = channels[often]
    return means


def _owners(middles: Any, counts: Any) -> Any:
    """Return which entry each group is shown with: its own, or the nearest where it has none."""
    import numpy as np

    if len(counts) <= COLORS:
        return np.arange(len(counts))
    kept = np.argsort(-counts, kind="stable")[: COLORS - _OWN_ENTRIES]
    found = [_distances(middles, middles[kept])]
    gaps = found[0].min(1)
    for _ in range(_ROUNDS):
        worst = np.argsort(-gaps * np.sqrt(counts), kind="stable")[: _OWN_ENTRIES // _ROUNDS]
        found.append(_distances(middles, middles[worst]))
        gaps = np.minimum(gaps, found[-1].min(1))
    nearest = np.hstack(found).argmin(1)
    return np.unique(nearest, return_inverse=True)[1]  # where two are alike, one has no bins


def _distances(colors: Any, entries: Any) -> Any:
    """Return the square distance of each colour to each entry."""
    squares = (colors**2).sum(1)[:, None] + (entries**2).sum(1)
    return squares - 2 * (colors @ entries.T)


def _hash_bits(colors: Any) -> int:
    """Return how many bits tell all these colours apart; all bits always do."""
    import numpy as np

    found = range(_LEAST_HASH_BITS, _ALL_BITS)
    apart = (bits for bits in found if len(np.unique(_hashed(colors, bits))) == len(colors))
    return next(apart, _ALL_BITS)


def _hashed(values: Any, bits: int) -> Any:
    """Return the upper bits of a product that is another one for each of the 2**24 colours."""
    import numpy as np

    return values * np.uint32(_SPREAD << 8 & 0xFFFFFFFF) >> 32 - bits


def _looked_up(table: Any, values: Any, key: Callable[[Any], Any]) -> Any:
    import numpy as np

    found = np.empty(values.shape, np.uint8)
    rows = max(1, _BAND_PIXELS // values.shape[1])
    for top in range(0, len(values), rows):
        found[top : top + rows] = table[key(values[top : top + rows])]
    return found


def _indexed(indexes: Any, entries: Any) -> Image.Image:
    import numpy as np
    from PIL import Image as Pillow

    image = Pillow.fromarray(indexes)
    image.putpalette(entries.astype(np.uint8).tobytes())
    return image
