from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_notebook.errors import ImageError
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.jpeg import is_plain_jpeg
from vlm_notebook.images.passing import passes
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

GRAIN = np.random.default_rng(5).integers(0, 20, (48, 64, 3))
SLOPE = np.add.outer(np.arange(48) * 2, np.arange(64) * 2)
PHOTO = Image.fromarray((SLOPE[..., None] + GRAIN).astype("uint8"))
END = b"\xff\xd9"


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


PLAIN = {
    "JPEG": saved(PHOTO, "JPEG"),
    "progressive": saved(PHOTO, "JPEG", progressive=True),
    "optimised": saved(PHOTO, "JPEG", optimize=True, subsampling=0),
    "restarts": saved(PHOTO, "JPEG", restart_marker_rows=1),
    "grey JPEG": saved(PHOTO.convert("L"), "JPEG"),
    "grey progressive": saved(PHOTO.convert("L"), "JPEG", progressive=True),
    "PNG": saved(PHOTO, "PNG"),
    "palette": saved(PHOTO.quantize(16), "PNG"),
    "bits": saved(PHOTO.convert("1"), "PNG"),
    "grey PNG": saved(PHOTO.convert("L"), "PNG"),
    "resolution": saved(PHOTO, "PNG", dpi=(72, 72)),
}
JPEGS = [name for name, data in PLAIN.items() if data.startswith(b"\xff\xd8")]
PNGS = [name for name, data in PLAIN.items() if data.startswith(b"\x89PNG")]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def segment(kind, body):
    return bytes([0xFF, kind]) + struct.pack(">H", len(body) + 2) + body


def chunk_starts(data):
    at, found = 8, []
    while at < len(data):
        found.append(at)
        at += 12 + struct.unpack_from(">I", data, at)[0]
    return [*found, at]


def segment_starts(data):
    """Return where segments begin, those between the scans and the mark of the end too."""
    at, found = 2, []
    while data[at : at + 2] != END:
        found.append(at)
        scan = data[at + 1] == 0xDA
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
        while scan and not (data[at] == 0xFF and data[at + 1] not in (0, *range(0xD0, 0xD8))):
            at += 1
    return [*found, at, at + 2]


def accepted(data):
    try:
        return passes(load(data))
    except ImageError:
        return False


@pytest.mark.parametrize("name", PLAIN)
def test_what_passes_stays_byte_for_byte_and_shows_the_same_pixels(name):
    source = load(PLAIN[name])
    assert passes(source)
    prepared = prepare(source)
    assert prepared.data == PLAIN[name]
    assert prepared.steps[-1].startswith("untouched")
    assert prepared.to_pil().tobytes() == pixels(source).tobytes()


@given(name=st.sampled_from(JPEGS), where=st.integers(0, 50), body=st.binary(max_size=40))
@pytest.mark.parametrize("kind", [0xE0, 0xE1, 0xE2, 0xEC, 0xED, 0xEE, 0xFE, 0xC4, 0xDB, 0xDD, 0xF0])
def test_a_segment_more_anywhere_does_not_pass(kind, name, where, body):
    data = PLAIN[name]
    starts = segment_starts(data)
    at = starts[where % len(starts)]
    assert not accepted(data[:at] + segment(kind, body) + data[at:])


@given(name=st.sampled_from(JPEGS), where=st.integers(0, 50))
def test_a_segment_twice_does_not_pass(name, where):
    data = PLAIN[name]
    starts = segment_starts(data)[:-1]
    at, end = starts[where % (len(starts) - 1)], starts[where % (len(starts) - 1) + 1]
    assert not accepted(data[:at] + data[at:end] + data[at:])


@given(name=st.sampled_from(PNGS), where=st.integers(0, 9), body=st.binary(max_size=40))
@pytest.mark.parametrize(
    "kind",
    [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"tIME", b"acTL", b"prVt", b"tRNS", b"IDAT"],
)
def test_a_chunk_more_anywhere_does_not_pass(kind, name, where, body):
    data = PLAIN[name]
    starts = chunk_starts(data)
    at = starts[where % len(starts)]
    if kind == b"IDAT" and not body:
        body = b"\0"
    assert not accepted(data[:at] + chunk(kind, body) + data[at:])


@given(name=st.sampled_from(list(PLAIN)), tail=st.binary(min_size=1, max_size=40))
def test_trailing_bytes_do_not_pass_even_with_an_end_of_their_own(name, tail):
    data = PLAIN[name]
    end = END if name in JPEGS else chunk(b"IEND", b"")
    assert not accepted(data + tail)
    assert not accepted(data + tail + end)
    assert not accepted(data + data)


@given(name=st.sampled_from(list(PLAIN)), share=st.floats(0, 0.999))
def test_what_is_cut_short_does_not_pass(name, share):
    assert not accepted(PLAIN[name][: int(len(PLAIN[name]) * share)])


@pytest.mark.parametrize("name", JPEGS)
def test_a_picture_without_its_tables_or_scans_does_not_pass(name):
    data = PLAIN[name]
    starts = segment_starts(data)
    for at, end in pairwise(starts):
        if data[at + 1] != 0xE0:  # the head of JFIF may be missing
            assert not accepted(data[:at] + data[end:]), hex(data[at + 1])


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("size", [(64, 0), (0, 48), (65_000, 65_000), (6400, 4800)])
def test_a_frame_of_a_size_the_scan_cannot_fill_does_not_pass(name, size):
    data = PLAIN[name]
    at = next(at for at in segment_starts(data) if data[at + 1] in (0xC0, 0xC2)) + 5
    changed = data[:at] + struct.pack(">HH", *reversed(size)) + data[at + 4 :]
    assert "progressive" in name or not is_plain_jpeg(changed, size)
    assert not is_plain_jpeg(changed, (64, 48))


@pytest.mark.parametrize("interval", [0, 1, 3, 65_535])
def test_restarts_that_the_scan_does_not_have_do_not_pass(interval):
    data = PLAIN["JPEG"]
    at = segment_starts(data)[1]
    changed = data[:at] + segment(0xDD, struct.pack(">H", interval)) + data[at:]
    assert not accepted(changed)


def test_surplus_pixels_and_unknown_filters_of_a_png_do_not_pass():
    row = b"\0" + bytes(64)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0))

    def png(packed):
        return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")

    assert accepted(png(zlib.compress(row * 48)))
    assert not accepted(png(zlib.compress(row * 48 + b"SECRET")))
    assert not accepted(png(zlib.compress(row * 48) + b"SECRET"))
    assert not accepted(png(zlib.compress(row * 47)))
    assert not accepted(png(zlib.compress(row * 48)[:-4]))
    assert not accepted(png(zlib.compress(b"\x05" + bytes(64) + row * 47)))


def test_a_thumbnail_in_the_head_does_not_pass():
    data = PLAIN["JPEG"]
    thumbnail = data[:18] + b"\x01\x01" + data[20:]
    assert data[6:11] == b"JFIF\0"
    assert not accepted(thumbnail)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "PA"])
def test_what_has_to_be_flattened_or_scaled_does_not_pass(mode):
    image = Image.new("RGBA", (9, 9)).quantize() if mode == "PA" else Image.new(mode, (9, 9))
    assert not accepted(saved(image, "PNG"))


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF"])
def test_only_jpeg_and_png_pass(kind):
    assert not accepted(saved(PHOTO, kind))


def test_of_two_pictures_in_one_file_none_passes():
    assert not accepted(saved(PHOTO, "MPO", save_all=True, append_images=[PHOTO]))
    assert not accepted(saved(PHOTO, "PNG", save_all=True, append_images=[PHOTO.rotate(180)]))


def test_pixels_from_memory_are_compressed_and_do_not_pass():
    picture = PHOTO.resize((640, 480))
    assert not passes(load(picture))
    assert prepare(picture).nbytes < 640 * 480
