from __future__ import annotations

import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from vlm_notebook.errors import ImageError, PrepareError, SourceError
from vlm_notebook.images import color, decode

AWKWARD = Path(__file__).parent / "data" / "awkward"
ROWS = json.loads((AWKWARD / "manifest.json").read_text("utf-8"))
CORNERS = [[24, 16, 220, 30, 30, 20], [72, 48, 235, 215, 40, 20]]
GOOD = [row for row in ROWS if row["expect"] == "accept" and not row.get("either_ok")]
BAD = [row for row in ROWS if row["expect"] == "reject" and not row.get("either_ok")]
OPEN = [row for row in ROWS if row.get("either_ok")]


def upright(data, origin="the file"):
    image = decode.open_image(data, origin)
    value = decode.orientation(image)
    return color.to_rgb(decode.turned(decode.decoded(image, origin), value))


def noise(width=40, height=30, channels=3):
    shape = (height, width, channels) if channels > 1 else (height, width)
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, shape, "uint8"))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def off(pixel, wanted):
    return max(abs(a - b) for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("row", GOOD, ids=lambda row: row["kind"])
def test_an_awkward_picture_is_seen_as_a_good_viewer_shows_it(row):
    data = (AWKWARD / row["file"]).read_bytes()
    image = upright(data)
    assert list(image.size) == row["size"] == list(decode.upright_size(decode.open_image(data, "")))
    for x, y, *wanted, tolerance in row["probes"]:
        assert off(image.getpixel((x, y)), wanted) <= tolerance


@pytest.mark.parametrize("row", BAD, ids=lambda row: row["kind"])
def test_what_is_no_picture_or_damaged_is_refused_in_one_line_that_names_it(row, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)  # with it, a PDF's page is a picture
    with pytest.raises(ImageError, match=row["file"]) as caught:
        upright((AWKWARD / row["file"]).read_bytes(), row["file"])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize("row", OPEN, ids=lambda row: row["kind"])
def test_a_doubtful_picture_is_either_right_or_refused(row):
    try:
        image = upright((AWKWARD / row["file"]).read_bytes(), row["file"])
    except ImageError as error:
        assert row["file"] in str(error)  # noqa: PT017 - both outcomes are right
    else:
        for x, y, *wanted, tolerance in row.get("probes", CORNERS):
            assert off(image.getpixel((x, y)), wanted) <= tolerance


SAVED = {
    "PNG": saved(noise(), "PNG"),
    "interlaced PNG": (AWKWARD / "png_adam7.png").read_bytes(),
    "JPEG": saved(noise(), "JPEG"),
    "progressive JPEG": saved(noise(), "JPEG", progressive=True),
    "GIF": saved(noise(), "GIF"),
    "BMP": saved(noise(), "BMP"),
    "PPM": saved(noise(), "PPM"),
    "TIFF": saved(noise(), "TIFF"),
    "LZW TIFF": saved(noise(), "TIFF", compression="tiff_lzw"),
    "WebP": saved(noise(), "WEBP"),
    "lossless WebP": saved(noise(), "WEBP", lossless=True),
}


@given(kind=st.sampled_from(sorted(SAVED)), share=st.floats(0, 0.999))
def test_a_picture_cut_short_anywhere_is_refused_or_still_whole(kind, share):
    data = SAVED[kind]
    whole = upright(data)
    try:
        image = upright(data[: int(len(data) * share)])
    except ImageError:
        return
    assert image.tobytes() == whole.tobytes()


@given(at=st.integers(60, len(SAVED["PNG"]) - 20), bit=st.integers(0, 7))
def test_a_png_with_one_flipped_bit_is_refused(at, bit):
    data = bytearray(SAVED["PNG"])
    data[at] ^= 1 << bit
    with pytest.raises(PrepareError, match="damaged"):
        upright(bytes(data))


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"\x00" * 100, b"MZ" * 50])
def test_bytes_that_are_no_picture_are_refused(data):
    with pytest.raises(ImageError, match="thing"):
        decode.open_image(data, "thing")


def test_a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded():
    with pytest.raises(PrepareError, match="89 million pixels"):
        decode.open_image((AWKWARD / "gif_bomb_65535.gif").read_bytes(), "tiny.gif")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (decode.MAX_PIXELS + 1, 1)])
def test_pictures_without_pixels_or_with_too_many_are_refused(size):
    with pytest.raises(PrepareError, match="the thing"):
        decode.check_pixels(size, "the thing")


def test_the_largest_allowed_picture_is_allowed():
    decode.check_pixels((decode.MAX_PIXELS, 1), "the thing")


BY_HAND = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: a.transpose(1, 0, 2)[:, ::-1],
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: a.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("value", BY_HAND)
def test_exif_orientation_is_what_turning_by_hand_gives(value, kind):
    stored = noise()
    exif = Image.Exif()
    exif[0x0112] = value
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(stored, kind, exif=exif, **options)
    wanted = BY_HAND[value](np.asarray(stored))
    assert decode.upright_size(decode.open_image(data, "x")) == wanted.shape[1::-1]
    assert np.array_equal(np.asarray(upright(data)), wanted)


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(value):
    exif = Image.Exif()
    exif[0x0112] = value
    assert decode.orientation(decode.open_image(saved(noise(), "JPEG", exif=exif), "x")) == 1


def test_the_size_of_a_png_is_known_without_decoding_it():
    data = saved(noise(400, 300), "PNG")
    broken_pixels = data[:100] + b"\x00" * 50 + data[150:]
    assert decode.upright_size(decode.open_image(broken_pixels, "x")) == (400, 300)


def test_a_colour_key_survives_a_colour_profile():
    image = Image.new("RGB", (2, 1), (10, 20, 30))
    image.putpixel((0, 0), (255, 0, 0))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(image, "PNG", transparency=(255, 0, 0), icc_profile=profile)
    seen = upright(data)
    assert seen.getpixel((0, 0)) == (255, 255, 255)
    assert off(seen.getpixel((1, 0)), (10, 20, 30)) <= 1


def test_sixteen_bits_with_twelve_in_use_are_neither_black_nor_white():
    values = np.linspace(0, 4095, 64 * 48).reshape(48, 64).astype("uint16")
    seen = upright(saved(Image.fromarray(values), "PNG"))
    assert seen.getextrema()[0] == (0, 255)


def test_floats_with_gaps_keep_their_picture():
    values = np.tile(np.linspace(0, 1, 64, dtype="float32"), (8, 1))
    values[0, 0], values[0, 1], values[0, 2] = np.nan, np.inf, -np.inf
    seen = upright(saved(Image.fromarray(values), "TIFF"))
    assert [seen.getpixel((x, 0))[0] for x in range(3)] == [0, 255, 0]
    assert seen.getpixel((63, 7)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_seen(kind):
    red, blue = Image.new("RGB", (9, 9), (255, 0, 0)), Image.new("RGB", (9, 9), (0, 0, 255))
    data = saved(red, kind, save_all=True, append_images=[blue])
    assert off(upright(data).getpixel((4, 4)), (255, 0, 0)) <= 3


def test_decoding_says_nothing_even_where_pillow_warns():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for name in ("png_palette_trns_bytes.png", "exif_huge_count.jpg", "exif_corrupt.jpg"):
            upright((AWKWARD / name).read_bytes())
    assert heard == []


def test_a_postscript_file_is_refused_by_name_and_never_run():
    with pytest.raises(SourceError, match="is PostScript"):
        decode.open_image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a.eps")
