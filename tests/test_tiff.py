from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from vlm_notebook.errors import ImageError, PrepareError
from vlm_notebook.images import tiff
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.pages import pages
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

HEIGHT, WIDTH = 64, 96
COLORS = np.array([[(220, 30, 30), (30, 180, 60)], [(40, 60, 210), (235, 215, 40)]], "uint8")
QUARTERS = COLORS.repeat(HEIGHT // 2, 0).repeat(WIDTH // 2, 1)
GREYS = QUARTERS[:, :, 1]
PLACES = [(24, 16), (72, 16), (24, 48), (72, 48)]
FULL = {"u": lambda size: 256**size - 1, "f": lambda _: 1}


def directory(tags, at, order="<", *, big=False):
    """Return a directory that begins at `at`, and what of its values does not fit inside."""
    number, long, room = ("Q", "Q", 8) if big else ("H", "I", 4)
    later = at + struct.calcsize("<" + number) + len(tags) * (12 + 2 * (room - 4)) + room
    entries, arrays = struct.pack(order + number, len(tags)), b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        fits = len(packed) <= room
        place = packed if fits else struct.pack(order + long, later + len(arrays))
        entries += struct.pack(order + "HH" + long, tag, 4, len(values)) + place.ljust(room, b"\0")
        arrays += b"" if fits else packed
    return entries + bytes(room) + arrays


def written(array, *, order="<", big=False, planar=False, tile=0, packed=False, **tags):
    """Return a TIFF of an array of (height, width, channels); tags are given as `t` and a number.

    The pixels stand before the directory, so that their places do not hang on its length.
    """
    array = array if array.ndim == 3 else array[:, :, None]
    height, width, channels = array.shape
    array = array.astype(array.dtype.newbyteorder(order))
    planes = [array[:, :, [each]] for each in range(channels)] if planar else [array]
    parts = [part for plane in planes for part in cut(plane, tile or max(height, width))]
    parts = [part.tobytes() if tile else part[:height, :width].tobytes() for part in parts]
    parts = [zlib.compress(part) for part in parts] if packed else parts
    kind = {"u": 1, "i": 2, "f": 3}[array.dtype.kind]
    found = {256: [width], 257: [height], 258: [array.itemsize * 8] * channels}
    found |= {259: [8 if packed else 1], 262: [2 if channels > 2 else 1], 277: [channels]}
    found |= {284: [2 if planar else 1], 339: [kind] * channels}
    found |= {int(name[1:]): [value] for name, value in tags.items()}
    head = 16 if big else 8
    places = [head + sum(map(len, parts[:each])) for each in range(len(parts))]
    found |= {322: [tile], 323: [tile], 324: places} if tile else {273: places, 278: [height]}
    found[325 if tile else 279] = [len(part) for part in parts]
    end = head + sum(map(len, parts))
    start = (
        struct.pack(order + "HHHQ", 43, 8, 0, end) if big else struct.pack(order + "HI", 42, end)
    )
    mark = b"II" if order == "<" else b"MM"
    return mark + start + b"".join(parts) + directory(found, end, order, big=big)


def cut(plane, side):
    for top in range(0, plane.shape[0], side):
        for left in range(0, plane.shape[1], side):
            whole = np.zeros((side, side, plane.shape[2]), plane.dtype)
            part = plane[top : top + side, left : left + side]
            whole[: part.shape[0], : part.shape[1]] = part
            yield whole


def scaled(array, kind):
    """Return bytes as the same shares of the range of another kind of number."""
    dtype = np.dtype(kind)
    return (array.astype("f8") / 255 * FULL[dtype.kind](dtype.itemsize)).astype(dtype)


def off(data, wanted, places=PLACES):
    """Return how far the seen and the sent picture are from an array, where it is looked at."""
    wanted = wanted if wanted.ndim == 3 else np.dstack([wanted] * 3)
    source = load(data)
    seen = [np.asarray(image).astype(int) for image in (pixels(source), prepare(source).to_pil())]
    return max(abs(image[y, x] - wanted[y, x]).max() for image in seen for x, y in places)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "u2"])
@pytest.mark.parametrize("shape", [{}, {"planar": True}, {"tile": 32}, {"packed": True}])
@pytest.mark.parametrize("array", [GREYS, QUARTERS], ids=["grey", "colour"])
def test_deep_samples_of_any_layout_are_seen_right(array, kind, order, shape):
    assert off(written(scaled(array, kind), order=order, **shape), array) <= 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_a_big_tiff_of_either_byte_order_is_read(order, big):
    assert off(written(QUARTERS, order=order, big=big), QUARTERS) == 0
    assert off(written(scaled(GREYS, "f8"), order=order, big=big), GREYS) <= 1


@pytest.mark.parametrize("kind", ["u4", "u8"])
def test_long_whole_colours_mean_the_same_as_short_ones(kind):
    assert off(written(scaled(QUARTERS, kind), planar=True), QUARTERS) <= 1


@pytest.mark.parametrize("kind", ["f4", "u4"])
@pytest.mark.parametrize(("extra", "hidden"), [(0, False), (1, True), (2, True)])
def test_a_fourth_deep_sample_is_alpha_only_where_the_file_says_so(kind, extra, hidden):
    clear = np.zeros((HEIGHT, WIDTH), bool)
    clear[:32, 48:] = True
    alpha = np.where(clear, 0, 255).astype("uint8")
    colors = np.where(clear[:, :, None], 0, QUARTERS) if extra == 1 else QUARTERS
    data = written(scaled(np.dstack([colors, alpha]), kind), t338=extra)
    assert off(data, np.where(clear[:, :, None] & hidden, 255, QUARTERS)) <= 1


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_where_white_is_zero_deep_greys_are_turned_round(kind):
    assert off(written(scaled(255 - GREYS, kind), t262=0), GREYS) <= 1


def test_signed_bytes_go_from_dark_to_light():
    ramp = np.arange(-128, 128, dtype="i1").repeat(64).reshape(64, 256)
    seen = np.asarray(pixels(load(written(ramp))))[:, :, 0]
    assert (np.diff(seen.ravel().astype(int)) >= 0).all()


@pytest.mark.parametrize("value", range(1, 9))
def test_a_deep_page_is_upright(value):
    stored = {
        1: GREYS,
        2: GREYS[:, ::-1],
        3: GREYS[::-1, ::-1],
        4: GREYS[::-1],
        5: GREYS.T,
        6: np.rot90(GREYS, 1),
        7: GREYS[::-1, ::-1].T,
        8: np.rot90(GREYS, -1),
    }[value]
    data = written(scaled(np.ascontiguousarray(stored), "f8"), t274=value)
    assert load(data).size == (WIDTH, HEIGHT)
    assert off(data, GREYS) <= 1
    plain = written(np.ascontiguousarray(stored), order=">", big=True, t274=value)
    assert off(plain, GREYS) == 0


def test_each_deep_page_has_its_own_size():
    first = written(scaled(GREYS, "f8"))
    at = struct.unpack_from("<I", first, 4)[0]
    tags = struct.unpack_from("<H", first, at)[0]
    link = at + 2 + tags * 12
    second = scaled(GREYS[:32, :48], "f8")
    place, end = len(first), len(first) + second.nbytes
    later = {256: [48], 257: [32], 258: [64], 259: [1], 262: [1], 273: [place], 277: [1]}
    later |= {278: [32], 279: [second.nbytes], 339: [3]}
    data = first[:link] + struct.pack("<I", end) + first[link + 4 :] + second.tobytes()
    found = pages(data + directory(later, end))
    assert [page.size for page in found] == [(96, 64), (48, 32)]
    assert [pixels(page).getpixel((9, 9))[0] for page in found] == [30, 30]


@pytest.mark.parametrize(
    "data",
    [
        written(scaled(GREYS, "f8"), t317=3),
        written(scaled(QUARTERS, "f4"), t317=2),
        written(scaled(GREYS, "f8"))[:-40],
        written(scaled(GREYS, "f8"), t259=34712),
        written(scaled(np.dstack([GREYS, GREYS]), "f4"), t262=2),
        written(scaled(QUARTERS, "f4"), t262=5),
    ],
    ids=["float differences", "differences", "cut", "packing", "too few", "not RGB"],
)
def test_what_is_not_understood_is_refused_in_one_line(data):
    with pytest.raises(ImageError) as caught:
        prepare(data)
    assert "\n" not in str(caught.value)


def test_a_deep_page_over_a_limit_is_refused_before_its_pixels_are_read():
    small = scaled(QUARTERS[:2, :2], "f4")
    with pytest.raises(ImageError, match="25 million deep samples"):
        load(written(small, t256=5000, t257=5000))
    with pytest.raises(PrepareError, match="million pixels"):
        load(written(small, t256=50_000, t257=50_000))


def test_what_pillow_reads_rightly_is_left_to_it():
    for kind in ("u2", "f4"):
        assert tiff.page(written(scaled(GREYS, kind)), 0) is None
    assert tiff.page(b"II*\0", 0) is None
