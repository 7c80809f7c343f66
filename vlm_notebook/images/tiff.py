"""TIFF samples that Pillow has no mode for, decoded by Pillow as the greys they are made of."""

from __future__ import annotations

import io
import struct
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vlm_notebook.images import mended, stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

MAX_SAMPLES = 25_000_000
"""8 million colour pixels or 25 million greys of 32 bits: four times 100 MB, with the file."""

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _CHANNELS, _STRIP_BYTES, _PLANAR, _PREDICTOR = 273, 274, 277, 279, 284, 317
_TILE_WIDTH, _TILES, _TILE_BYTES, _EXTRA, _FORMAT, _PROFILE = 322, 324, 325, 338, 339, 34675
_FILL_ORDER, _STRIP_ROWS, _TILE_HEIGHT = 266, 278, 323
_OF_A_PLANE = frozenset(
    {_WIDTH, _HEIGHT, _COMPRESSION, _FILL_ORDER, _STRIPS, _STRIP_ROWS, _STRIP_BYTES, _PREDICTOR}
    | {_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES}
)
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_KINDS = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}
_NUMBERS = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}
_LONG = 4
_BYTE_BITS, _WORD_BITS, _LONG_BITS, _DOUBLE_BITS = 8, 16, 32, 64
_COLORS, _ASSOCIATED, _UNASSOCIATED = 3, 1, 2
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_BIG = frozenset({b"+\0", b"\0+"})
_MISREAD_BIG = b"MM\0+"
"""Pillow takes a BigTIFF for one by a byte that is elsewhere when the high byte comes first."""


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of a TIFF: its byte order as `struct` spells it, and its whole numbers."""

    order: str
    tags: dict[int, tuple[int, ...]]

    def first(self, tag: int, default: int = 0) -> int:
        """Return a tag's first value."""
        return self.tags.get(tag, (default,))[0]

    @property
    def size(self) -> tuple[int, int]:
        """Upright (width, height) in pixels."""
        size = self.first(_WIDTH), self.first(_HEIGHT)
        return size[::-1] if self.orientation > _LONG else size

    @property
    def orientation(self) -> int:
        """The orientation, 1 to 8; 1 where it is not valid."""
        value = self.first(_ORIENTATION, 1)
        return value if value in range(1, 9) else 1

    @property
    def bits(self) -> int:
        """Bits of each sample; 0 where they differ."""
        bits = set(self.tags.get(_BITS, (1,)))
        return bits.pop() if len(bits) == 1 else 0

    @property
    def is_rare(self) -> bool:
        """Whether Pillow refuses these samples, or takes one plane of them for all."""
        kind, channels = self.first(_FORMAT, _UNSIGNED), self.first(_CHANNELS, 1)
        if kind not in _KINDS or self.first(_PHOTOMETRIC) > _RGB:
            return False
        if self.bits == _WORD_BITS:
            return kind == _FLOAT or (channels > 1 and self.first(_PLANAR, 1) > 1)
        if self.bits == _LONG_BITS:
            swapped = self.is_swapped or (self.order == ">" and kind == _UNSIGNED)
            return channels > 1 or swapped
        return self.bits == _DOUBLE_BITS

    @property
    def is_too_large(self) -> bool:
        """Whether reading rare samples would take more memory than is good."""
        words = 2 if self.bits == _DOUBLE_BITS else 1
        samples = self.first(_WIDTH) * self.first(_HEIGHT) * self.first(_CHANNELS, 1) * words
        return self.is_rare and samples > MAX_SAMPLES

    @property
    def is_swapped(self) -> bool:
        """Whether Pillow swaps the bytes of a number once more after its library has done so."""
        return self.order == ">" and self.bits > _WORD_BITS and self.first(_COMPRESSION, 1) > 1

    @property
    def is_one_plane(self) -> bool:
        """Whether the only plane is said to lie apart, by which Pillow takes a wrong format."""
        return self.first(_CHANNELS, 1) == 1 and self.first(_PLANAR, 1) > 1


def page(data: bytes, frame: int) -> Page | None:
    """Return a page of a TIFF that Pillow alone would not read rightly; None of any other.

    Args:
        data: the file.
        frame: which page, from 0.
    """
    try:
        found = _page(data, frame)
    except (struct.error, IndexError, ValueError):
        return None
    if found and (found.is_rare or found.is_one_plane or data.startswith(_MISREAD_BIG)):
        return found
    return None


def _page(data: bytes, frame: int) -> Page | None:
    order, big = "<" if data.startswith(b"II") else ">", data[2:4] in _BIG
    long, number, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    at = struct.unpack_from(order + long, data, 8 if big else 4)[0]
    for _ in range(frame):
        tags = struct.unpack_from(order + number, data, at)[0]
        at = struct.unpack_from(order + long, data, at + (8 if big else 2) + tags * entry)[0]
        if not at:
            return None
    tags, at = struct.unpack_from(order + number, data, at)[0], at + (8 if big else 2)
    return Page(order, dict(_numbers(data, order + long, range(at, at + tags * entry, entry))))


def _numbers(data: bytes, long: str, places: range) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the tags that hold whole numbers; `long` is how a count is written."""
    size = struct.calcsize(long)
    for at in places:
        tag, kind = struct.unpack_from(long[0] + "HH", data, at)
        count = struct.unpack_from(long, data, at + 4)[0]
        if kind not in _NUMBERS or not 0 < count <= len(data):
            continue
        form = f"{long[0]}{count}{_NUMBERS[kind]}"
        inside = struct.calcsize(form) <= size
        place = at + 4 + size if inside else struct.unpack_from(long, data, at + 4 + size)[0]
        yield tag, struct.unpack_from(form, data, place)


def opened(data: bytes, found: Page) -> Image.Image:
    """Return an image of a page that `page` has found, its format set, not yet upright.

    Raises:
        ValueError: its samples are of no kind that is read here; Pillow's own errors come too.
    """
    from PIL import Image

    if found.is_rare:
        image: Image.Image = _image(_samples(data, found), found)
    else:
        dropped = {_ORIENTATION, _PROFILE, *([_PLANAR] if found.is_one_plane else [])}
        tags = {tag: found.tags[tag] for tag in found.tags.keys() - dropped}
        image = Image.open(_relabelled(data, found.order, tags), formats=["TIFF"])
    if _PROFILE in found.tags and found.first(_FORMAT, _UNSIGNED) == _UNSIGNED:
        image.info["icc_profile"] = bytes(found.tags[_PROFILE])
    image.format = "TIFF"
    return image


def _relabelled(data: bytes, order: str, tags: dict[int, tuple[int, ...]]) -> io.BytesIO:
    """Return the same file with a classic directory put behind its pixels."""
    at = len(data) + len(data) % 2
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, at)
    later = at + 2 + 12 * len(tags) + 4
    entries, arrays = struct.pack(order + "H", len(tags)), b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        place = packed if len(values) == 1 else struct.pack(order + "I", later + len(arrays))
        entries += struct.pack(order + "HHI", tag, _LONG, len(values)) + place
        arrays += packed if len(values) > 1 else b""
    pixels = memoryview(data)[len(head) :]
    return io.BytesIO(b"".join((head, pixels, bytes(at - len(data)), entries, bytes(4), arrays)))


def _samples(data: bytes, found: Page) -> Any:
    """Return the page's numbers as an array of (height, width, channels)."""
    import numpy as np

    channels, words = found.first(_CHANNELS, 1), 2 if found.bits == _DOUBLE_BITS else 1
    width, height = found.first(_WIDTH), found.first(_HEIGHT)
    if found.first(_PLANAR, 1) == 1 or channels == 1:
        return _plane(data, found, channels * words).reshape(height, width, channels)
    return np.stack([_plane(data, _of_plane(found, each), words) for each in range(channels)], 2)


def _of_plane(found: Page, number: int) -> Page:
    """Return a page that has one of the planes alone: it lies in strips or tiles of its own."""
    tags = dict(found.tags)
    for tag in {_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES} & tags.keys():
        count = len(tags[tag]) // found.first(_CHANNELS)
        tags[tag] = tags[tag][number * count : (number + 1) * count]
    return Page(found.order, tags | {_CHANNELS: (1,)})


def _plane(data: bytes, found: Page, factor: int) -> Any:
    """Return numbers of (height, width x channels), read as `factor` whole greys a pixel."""
    import numpy as np
    from PIL import Image

    kind = found.first(_FORMAT, _UNSIGNED)
    if found.first(_PREDICTOR, 1) > 1 and (factor > 1 or found.bits == _DOUBLE_BITS):
        raise ValueError("differences of samples instead of samples")
    tags = {tag: found.tags[tag] for tag in _OF_A_PLANE & found.tags.keys()}
    for tag in {_WIDTH, _TILE_WIDTH} & tags.keys():
        tags[tag] = (tags[tag][0] * factor,)
    deep = found.bits > _WORD_BITS
    as_it_is = kind == _FLOAT and found.bits == _LONG_BITS and factor == 1
    form = kind if as_it_is else _SIGNED if deep else _UNSIGNED
    tags |= {_BITS: (_LONG_BITS if deep else _WORD_BITS,), _PHOTOMETRIC: (_BLACK_IS_ZERO,)}
    with _relabelled(data, found.order, tags | {_FORMAT: (form,)}) as file:
        image = Image.open(file, formats=["TIFF"])
        image.load()
    greys = np.asarray(image)
    greys = np.ascontiguousarray(greys, greys.dtype.newbyteorder("="))
    greys = greys.byteswap() if found.is_swapped else greys
    if found.bits == _DOUBLE_BITS and (found.order == ">") == (sys.byteorder == "little"):
        greys = np.ascontiguousarray(greys.reshape(-1, 2)[:, ::-1]).reshape(greys.shape)
    return greys.view(f"{_KINDS[kind]}{found.bits // _BYTE_BITS}")


def _image(samples: Any, found: Page) -> Image.Image:
    from PIL import Image

    channels = samples.shape[2]
    colors = _COLORS if found.first(_PHOTOMETRIC) == _RGB else 1
    if channels < colors:
        raise ValueError(f"{channels} channels")
    extra = found.first(_EXTRA) if channels > colors else 0
    if colors == 1 and extra not in (_ASSOCIATED, _UNASSOCIATED):
        return _gray(samples[:, :, 0], found)
    pixels = stretch.to_uint8(samples[:, :, :colors], _ends(samples[:, :, :colors]))
    if extra not in (_ASSOCIATED, _UNASSOCIATED):
        return Image.fromarray(pixels)
    image = Image.fromarray(pixels if colors > 1 else pixels.repeat(_COLORS, 2)).convert("RGBA")
    alpha = samples[:, :, colors]
    image.putalpha(Image.fromarray(stretch.to_uint8(alpha, _range(alpha.dtype))))
    if extra == _UNASSOCIATED:
        return image
    return Image.frombytes("RGBa", image.size, image.tobytes()).convert("RGBA")


def _gray(values: Any, found: Page) -> Image.Image:
    """Return deep greys, which are stretched when the picture is made plain."""
    import numpy as np
    from PIL import Image

    whole = values.dtype.kind == "i" and found.bits <= _LONG_BITS
    image = Image.fromarray(np.ascontiguousarray(values, np.int32 if whole else np.float32))
    if found.first(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        image.info[mended.NEGATIVE] = True
    return image


def _ends(values: Any) -> stretch.Ends:
    if values.dtype.kind == "f":
        return stretch.ends_of(*stretch.extent(values), values.dtype)
    return _range(values.dtype)


def _range(dtype: Any) -> stretch.Ends:
    """Return the lowest and highest value of a kind of number; 0 and 1 of floats."""
    import numpy as np

    if dtype.kind == "f":
        return 0.0, 1.0
    return float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)
