from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from vlm_notebook.images import png

AWKWARD = Path(__file__).parent / "data" / "awkward"


def saved(mode, size=(13, 11)):
    file = io.BytesIO()
    Image.new(mode, size).save(file, "PNG")
    return file.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def file_of(size, raw, *, depth=8, color=2, interlaced=0):
    header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, interlaced)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_what_pillow_writes_is_whole(mode):
    assert png.is_whole(saved(mode))


@pytest.mark.parametrize(
    "name", ["png_adam7.png", "png_apng_3frames.png", "png_16bit_rgba.png", "png_1bit.png"]
)
def test_interlaced_animated_deep_and_packed_files_are_whole(name):
    assert png.is_whole((AWKWARD / name).read_bytes())


@pytest.mark.parametrize(("rows", "whole"), [(4, True), (3, False), (0, False)])
def test_every_row_counts(rows, whole):
    assert png.is_whole(file_of((2, 4), b"\x00" * 7 * rows)) is whole


@pytest.mark.parametrize(("missing", "whole"), [(0, True), (1, False)])
def test_every_byte_of_an_interlaced_file_counts(missing, whole):
    # 3 x 3 grey pixels: the passes hold 1, 0, 0, 1, 2 (one row), 2 (two rows) and 3 pixels.
    raw = b"\x00" * (2 + 2 + 3 + 4 + 4 - missing)
    assert png.is_whole(file_of((3, 3), raw, color=0, interlaced=1)) is whole


def test_a_wrong_checksum_is_noticed():
    data = bytearray(saved("RGB"))
    data[data.index(b"IDAT") + 6] ^= 1
    assert not png.is_whole(bytes(data))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", saved("RGB")[:-30], b"x" * 100])
def test_what_ends_early_is_not_whole(data):
    assert not png.is_whole(data)


def test_more_data_than_the_picture_wants_is_not_unpacked():
    bomb = file_of((2, 4), b"\x00" * 200_000_000)
    assert len(bomb) < 300_000
    assert png.is_whole(bomb)


def test_a_header_that_is_too_long_is_not_whole():
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0) + b"more"
    body = struct.pack(">I", len(header)) + b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + body + struct.pack(">I", zlib.crc32(body[4:]))
    assert not png.is_whole(data)
