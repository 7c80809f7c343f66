from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_notebook.images import decode, frames
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

AWKWARD = Path(__file__).parent / "data" / "awkward"
COLORS = [(220, 30, 30), (30, 180, 60), (40, 60, 210), (235, 215, 40), (0, 0, 0)]
FRAMES = [Image.new("RGB", (9, 7), color) for color in COLORS]


def saved(kind, count, **options):
    file = io.BytesIO()
    frames_ = [image.copy() for image in FRAMES]  # a saver may leave notes of its own on them
    frames_[0].save(file, kind, save_all=True, append_images=frames_[1:count], **options)
    return file.getvalue()


def counted(data):
    return frames.count(decode.open_image(data, "x"), data)


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        *((kind, n) for kind in ("GIF", "PNG", "WEBP", "TIFF", "AVIF") for n in (1, 2, 5)),
        ("MPO", 2),
    ],
)
def test_the_frames_that_were_saved_are_counted_and_seen(kind, count):
    data = saved(kind, count)
    assert counted(data) == count
    for frame in range(count):
        seen = prepare(data, frame=frame)
        words = "page" if kind == "TIFF" else "frame"
        assert (seen.steps[0] == f"{words} {frame + 1} of {count}") == (count > 1)
        pixel = seen.to_pil().getpixel((4, 3))
        assert max(abs(a - b) for a, b in zip(pixel, COLORS[frame], strict=True)) <= 20


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("big", [False, True])
def test_pages_of_either_kind_of_tiff_are_counted(compression, big):
    assert counted(saved("TIFF", 4, compression=compression, big_tiff=big)) == 4


def test_directories_in_a_ring_are_counted_once():
    data = saved("TIFF", 2)
    first = struct.unpack_from("<I", data, 4)[0]
    at = first + 2 + 12 * struct.unpack_from("<H", data, first)[0]
    ring = data[:at] + struct.pack("<I", first) + data[at + 4 :]
    assert counted(ring) == 1


@given(kind=st.sampled_from(["GIF", "TIFF"]), share=st.floats(0.2, 1), junk=st.binary(max_size=30))
def test_no_damage_stops_the_count(kind, share, junk):
    whole = saved(kind, 5)
    data = whole[: int(len(whole) * share)] + junk
    walk = frames._gif_frames if kind == "GIF" else frames._tiff_pages
    assert walk(data) >= 0


@pytest.mark.parametrize("name", ["gif_animated_5.gif", "webp_animated.webp"])
def test_an_animation_says_how_many_frames_are_not_sent(name):
    assert prepare(AWKWARD / name).steps[0] == "frame 1 of 5"


def test_a_still_picture_says_nothing_of_frames():
    assert not any("frame" in step for step in prepare(load(FRAMES[0]), detail="low").steps)
