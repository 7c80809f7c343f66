from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from vlm_notebook.images.fit import pixels
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

WIDTH, HEIGHT = 96, 64


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(depth, color, row, key):
    """Make a PNG of equal rows with a colour key."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"tRNS", key)
    body += chunk(b"IDAT", zlib.compress((b"\0" + row) * HEIGHT)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("depth", "color", "row", "key", "left", "right"),
    [
        (1, 0, b"\x00" * 6 + b"\xff" * 6, [1], 0, 255),
        (2, 0, b"\x55" * 12 + b"\xaa" * 12, [1], 255, 170),
        (4, 0, b"\x55" * 24 + b"\xcc" * 24, [5], 255, 204),
        (8, 0, b"\x14" * 48 + b"\xc8" * 48, [20], 255, 200),
        (16, 0, b"\x40\x01" * 48 + b"\x40\x02" * 48 + b"", [0x4001], 255, 64),
        (8, 2, b"\x14\x14\x14" * 48 + b"\xc8\xc8\xc8" * 48, [20, 20, 20], 255, 200),
        (16, 2, b"\x14\x01" * 144 + b"\xc8\x01" * 144, [0x1401] * 3, 255, 200),
    ],
)
def test_a_colour_key_of_any_depth_shows_the_background(depth, color, row, key, left, right):
    data = png(depth, color, row, struct.pack(f">{len(key)}H", *key))
    seen = pixels(load(data))
    assert [abs(seen.getpixel((x, 9))[0] - grey) <= 1 for x, grey in ((24, left), (72, right))] == [
        True,
        True,
    ]
    assert "transparent background made white" in prepare(data).steps


def tiff(values, photometric, sample_format):
    """Make a TIFF of one strip of greys."""
    height, width = values.shape
    tags = [(256, width), (257, height), (258, values.itemsize * 8), (259, 1), (262, photometric)]
    tags += [(273, 8), (277, 1), (278, height), (279, values.nbytes), (339, sample_format)]
    body = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", t, 4, 1, v) for t, v in tags
    )
    head = b"II*\0" + struct.pack("<I", 8 + values.nbytes)
    return head + values.tobytes() + body + bytes(4)


def test_greys_that_run_from_white_to_black_are_seen_so():
    values = np.zeros((HEIGHT, WIDTH), "<u2")
    values[:, 48:] = 65_535
    for photometric, left in ((0, 255), (1, 0)):
        seen = pixels(load(tiff(values, photometric, 1)))
        assert [seen.getpixel((x, 9))[0] for x in (24, 72)] == [left, 255 - left]


def test_the_largest_whole_numbers_are_not_taken_for_negative_ones():
    values = np.zeros((HEIGHT, WIDTH), "<u4")
    values[:, 48:] = 4_000_000_000
    seen = pixels(load(tiff(values, 1, 1)))
    assert [seen.getpixel((x, 9))[0] for x in (24, 72)] == [0, 255]


def test_signed_numbers_keep_their_order():
    values = np.full((HEIGHT, WIDTH), -1000, "<i2")
    values[:, 48:] = 1000
    source = load(tiff(values, 1, 2))
    assert [pixels(source).getpixel((x, 9))[0] for x in (24, 72)] == [0, 255]
    assert "greys of -1000 to 1000 made 0 to 255" in prepare(source).steps


def test_what_a_gifs_first_frame_does_not_cover_is_background():
    file = io.BytesIO()
    Image.new("P", (48, 64), 1).save(file, "GIF")
    data = file.getvalue()
    wide = data[:6] + struct.pack("<HH", 96, 64) + data[10:]
    covered = pixels(load(data)).getpixel((24, 16))
    seen = pixels(load(wide))
    assert seen.size == (96, 64)
    assert [seen.getpixel((x, 16)) for x in (24, 72)] == [covered, (255, 255, 255)]


def test_more_alphas_than_colours_are_no_fault():
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    body = (
        chunk(b"IHDR", header)
        + chunk(b"PLTE", bytes([220, 30, 30]))
        + chunk(b"tRNS", b"\xff" * 300)
    )
    body += chunk(b"IDAT", zlib.compress(bytes((WIDTH + 1) * HEIGHT))) + chunk(b"IEND", b"")
    seen = pixels(load(b"\x89PNG\r\n\x1a\n" + body))
    assert seen.getpixel((9, 9)) == (220, 30, 30)
