from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from vlm_notebook.errors import ImageError
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

PICTURE = Image.new("RGB", (96, 64), (220, 30, 30))
PICTURE.paste((40, 60, 210), (48, 0, 96, 64))
SIDEWAYS = struct.pack("<2sHIHHHIHH", b"II", 42, 8, 1, 274, 3, 1, 6, 0) + bytes(4)


def chunk(kind, body, *, sound=True):
    checksum = zlib.crc32(kind + body) ^ (not sound)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def segment(kind, body):
    return b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body


def saved(kind, picture=PICTURE):
    file = io.BytesIO()
    picture.save(file, kind, quality=95)
    return file.getvalue()


def png_with(before=b"", behind=b"", picture=PICTURE):
    data = saved("PNG", picture)
    return data[:33] + before + data[33:-12] + behind + data[-12:]


def jpeg_with(*segments, picture=PICTURE):
    data = saved("JPEG", picture)
    return data[:20] + b"".join(segments) + data[20:]


def seen(data):
    source = load(data)
    assert b"private" not in prepare(source).data
    image = pixels(source)
    assert image.size == (96, 64)
    return [image.getpixel(place) for place in ((24, 32), (72, 32))]


BROKEN_CHUNKS = {
    "checksum of a text": chunk(b"tEXt", b"k\0private", sound=False),
    "checksum of EXIF": chunk(b"eXIf", SIDEWAYS, sound=False),
    "short primaries": chunk(b"cHRM", b"abc"),
    "short density": chunk(b"pHYs", b"\0\0"),
    "no profile": chunk(b"iCCP", b""),
    "profile without an end of its name": chunk(b"iCCP", b"abcdefgh"),
    "profile packed in another way": chunk(b"iCCP", b"x\0\7abc"),
    "text packed in another way": chunk(b"zTXt", b"k\0\5private"),
    "short animation": chunk(b"acTL", b"\0\0"),
    "no name": chunk(b"\0\1\2\3", b"private"),
}


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_a_png_is_seen_without_its_broken_side_data(name):
    assert seen(png_with(BROKEN_CHUNKS[name])) == [(220, 30, 30), (40, 60, 210)]


@pytest.mark.parametrize(
    "broken",
    [
        segment(0xE2, b"ICC_PROFILE\0"),
        segment(0xEE, b"Adobe"),
        segment(0xE2, b"MPF\0private"),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\xff\xff\xff\xff"),
    ],
    ids=["profile", "adobe", "pictures", "photoshop"],
)
def test_a_jpeg_is_seen_without_its_broken_side_data(broken):
    near = zip(seen(jpeg_with(broken)), [(220, 30, 30), (40, 60, 210)], strict=True)
    assert all(abs(a - b) < 9 for one, other in near for a, b in zip(one, other, strict=True))


def test_orientation_outlives_other_broken_side_data():
    upright = PICTURE.transpose(Image.Transpose.ROTATE_90)
    exif = chunk(b"eXIf", SIDEWAYS)
    data = png_with(exif + BROKEN_CHUNKS["short density"], picture=upright)
    assert seen(data) == [(220, 30, 30), (40, 60, 210)]
    app = segment(0xE1, b"Exif\0\0" + SIDEWAYS), segment(0xEE, b"Adobe")
    assert load(jpeg_with(*app, picture=upright)).size == (96, 64)


def test_orientation_behind_the_pixels_is_found_without_decoding_them():
    upright = PICTURE.transpose(Image.Transpose.ROTATE_90)
    data = png_with(behind=chunk(b"eXIf", SIDEWAYS), picture=upright)
    assert seen(data) == [(220, 30, 30), (40, 60, 210)]
    assert "turned by 90 degrees" in prepare(data).steps
    at = data.index(b"IDAT") + 20
    with pytest.raises(ImageError, match="damaged"):
        prepare(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT"])
def test_what_makes_the_picture_is_never_left_out(kind):
    data = bytearray(png_with(BROKEN_CHUNKS["short density"]))
    at = data.index(kind) + 4
    data[at + 3] ^= 1
    with pytest.raises(ImageError):
        prepare(bytes(data))
