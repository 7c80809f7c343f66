from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from vlm_notebook import samples
from vlm_notebook.detail import LEVELS, limits
from vlm_notebook.errors import ImageError, ModelError, PrepareError, SourceError
from vlm_notebook.images.prepare import THUMBNAIL_PX, prepare

AWKWARD = Path(__file__).parent / "data" / "awkward"
MARKS = (b"SECRET", b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"iCCP", b"tEXt", b"zTXt")
MARKS += (b"iTXt", b"eXIf", b"pHYs", b"Jane Doe", b"SERIAL-987654", b"<script")


def noise(width, height):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), "uint8")


def opened(data):
    return Image.open(io.BytesIO(data))


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_what_is_prepared_describes_itself():
    prepared = prepare(samples.path("coffee"), detail="low")
    assert opened(prepared.data).size == prepared.size
    assert prepared.nbytes == len(prepared.data)
    assert prepared.sha256 == hashlib.sha256(prepared.data).hexdigest()
    assert prepared.origin == "coffee.jpg"
    assert prepared.media_type == "image/jpeg"
    head, _, payload = prepared.data_url.partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(payload) == prepared.data
    assert prepared.to_pil().size == prepared.size


def test_a_notebook_shows_the_picture_and_no_bytes_in_its_text():
    prepared = prepare(noise(40, 30))
    bundle = prepared._repr_mimebundle_()
    assert base64.b64decode(bundle[prepared.media_type]) == prepared.data
    assert bundle["text/plain"] == repr(prepared)
    assert len(repr(prepared)) < 300
    assert "sha256" not in repr(prepared)


@given(
    width=st.integers(1, 1500),
    height=st.integers(1, 1500),
    level=st.sampled_from(LEVELS),
    model=st.sampled_from([None, "embedded"]),
)
def test_the_size_is_within_the_limits_and_keeps_its_shape(width, height, level, model):
    prepared = prepare(np.zeros((height, width), "uint8"), detail=level, model=model)
    allowed = limits(level, model)
    assert prepared.original_size == (width, height)
    assert max(prepared.size) <= allowed.long_px
    assert allowed.short_px is None or min(prepared.size) <= allowed.short_px
    assert prepared.size <= (width, height)
    scale = max(prepared.size) / max(width, height)
    for side, original in zip(prepared.size, (width, height), strict=True):
        assert side == 1 or abs(side - original * scale) <= 1


@given(max_bytes=st.integers(1_500, 60_000))
def test_the_file_is_never_over_its_budget(max_bytes):
    prepared = prepare(noise(160, 120), max_bytes=max_bytes)
    assert prepared.nbytes <= max_bytes
    assert opened(prepared.data).size == prepared.size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_same_input_gives_the_same_bytes(kind):
    data = saved(Image.fromarray(noise(90, 60)), kind)
    first = prepare(data, max_bytes=50_000)
    prepare.__globals__["_prepared"].cache_clear()
    assert prepare(data, max_bytes=50_000) == first


def test_a_prepared_picture_is_returned_as_it_is():
    prepared = prepare(samples.path("chart"), detail="low")
    assert prepare(prepared) is prepared
    assert prepare(prepared, detail="high", max_bytes=10) is prepared


def test_a_prepared_drawing_saved_and_prepared_again_is_the_same():
    prepared = prepare(samples.path("chart"), detail="low")
    assert prepare(prepared.data, detail="low").data == prepared.data


@pytest.mark.parametrize("name", samples.names())
def test_every_sample_fits_in_one_megabyte(name):
    assert prepare(samples.path(name), detail="high").nbytes <= 1_000_000


@pytest.mark.parametrize(
    "name",
    [
        *("exif_gps.jpg", "jpg_html_comment_polyglot.jpg", "jpg_zip_polyglot.jpg"),
        *("icc_corrupt.jpg", "icc_swapped_channels.png", "png_text_prompt_injection.png"),
        *("exif_orientation_6.png", "icc_named_srgb_lies.jpg", "png_apng_3frames.png"),
    ],
)
def test_nothing_but_pixels_leaves_the_house(name):
    prepared = prepare(AWKWARD / name)
    assert not [mark for mark in MARKS if mark in prepared.data]
    assert opened(prepared.data).info.keys() <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_metadata_of_a_photograph_is_gone(kind):
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"comment": b"SECRET"} if kind == "JPEG" else {}
    image = Image.fromarray(noise(90, 60))
    data = saved(image, kind, exif=exif, xmp=b"<x>SECRET</x>", icc_profile=profile, **options)
    prepared = prepare(data)
    assert prepared.media_type == "image/jpeg"
    assert not [mark for mark in MARKS if mark in prepared.data]


@pytest.mark.parametrize("value", range(1, 9))
def test_a_photograph_is_turned_as_its_exif_data_says(value):
    exif = Image.Exif()
    exif[0x0112] = value
    stored = Image.fromarray(np.kron(noise(8, 6), np.ones((100, 100, 1), "uint8")))
    prepared = prepare(saved(stored, "JPEG", exif=exif, quality=95), detail="low")
    turned = prepare(
        saved(Image.open(io.BytesIO(saved(stored, "PNG"))), "PNG"), detail="low"
    ).to_pil()
    method = (None, None, 0, 3, 1, 5, 4, 6, 2)[value]
    wanted = turned if method is None else turned.transpose(Image.Transpose(method))
    assert prepared.size == wanted.size
    assert prepared.original_size == ((600, 800) if value > 4 else (800, 600))
    difference = np.asarray(prepared.to_pil(), int) - np.asarray(wanted, int)
    assert np.abs(difference).mean() < 6
    assert bool([step for step in prepared.steps if "turned" in step]) is (value > 1)


def test_what_was_done_is_said_in_words():
    clear = Image.new("RGBA", (4000, 3000), (0, 0, 0, 0))
    steps = prepare(clear, detail="low").steps
    assert steps[:2] == ("transparent background made white", "4000x3000 to 512x384")
    assert steps[-1].startswith("PNG, ")


def test_an_opaque_picture_is_not_said_to_be_transparent():
    assert len(prepare(Image.new("RGBA", (40, 30), (0, 0, 0, 255))).steps) == 1


def test_shrinking_for_the_budget_is_said_in_words():
    steps = prepare(noise(300, 200), max_bytes=9_000).steps
    assert steps[0].startswith("300x200 to ")
    assert steps[0].endswith(" to fit in 9000 bytes")


def test_the_embedded_model_is_given_more_pixels():
    image = np.zeros((3000, 4000), "uint8")
    assert prepare(image, model="embedded").size == (2048, 1536)
    assert prepare(image).size == (1024, 768)


def test_a_thumbnail_is_a_small_jpeg():
    for name in ("cat", "chart"):
        thumbnail = opened(prepare(samples.path(name)).thumbnail())
        assert thumbnail.format == "JPEG"
        assert max(thumbnail.size) == THUMBNAIL_PX


@pytest.mark.parametrize(
    ("image", "options", "kind", "words"),
    [
        ("nowhere.png", {}, SourceError, "there is no file 'nowhere.png'"),
        (b"text", {}, SourceError, "the byte string is text"),
        (noise(4, 4), {"max_bytes": 0}, PrepareError, "max_bytes is 0"),
        (noise(99, 99), {"max_bytes": 9}, PrepareError, "does not fit in 9 bytes"),
        (noise(4, 4), {"detail": "huge"}, ModelError, "detail 'huge' is unknown"),
        (AWKWARD / "png_idat_too_short.png", {}, PrepareError, "too_short.png is damaged"),
        (AWKWARD / "png_missing_plte.png", {}, PrepareError, "missing_plte.png is damaged"),
    ],
    ids=lambda value: None,
)
def test_what_cannot_be_prepared_is_refused_in_one_line(image, options, kind, words):
    with pytest.raises(kind, match=words) as caught:
        prepare(image, **options)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200), st.sampled_from(["ok_rgb.jpg", "tiff_rgb_lzw.tif", "png_la.png"]))
def test_damage_of_any_kind_is_an_error_of_ours_or_a_picture(junk, name):
    data = bytearray((AWKWARD / name).read_bytes())
    at = len(junk) * 7 % max(1, len(data) - len(junk))
    data[at : at + len(junk)] = junk
    try:
        prepared = prepare(bytes(data))
    except ImageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert max(prepared.size) <= 2048


def test_the_steps_tell_of_colours_that_were_changed():
    red = Image.new("RGB", (40, 30), (200, 10, 10))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert "CMYK made RGB" in prepare(saved(red.convert("CMYK"), "TIFF")).steps
    assert "colour profile applied" in prepare(saved(red, "PNG", icc_profile=profile)).steps
    assert len(prepare(saved(red, "PNG", icc_profile=b"no profile")).steps) == 1
    deep = Image.fromarray(np.linspace(0, 4000, 1200).reshape(30, 40).astype("uint16"))
    assert prepare(saved(deep, "PNG")).steps[0] == "greys of 0 to 4000 made 0 to 255"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(("value", "said"), [(6, True), (1, False), (0, False), (9, False)])
def test_the_steps_tell_of_turning_unless_the_orientation_does_not_exist(kind, value, said):
    exif = Image.Exif()
    exif[0x0112] = value
    steps = prepare(saved(Image.new("RGB", (40, 30)), kind, exif=exif)).steps
    assert ("turned by 90 degrees" in steps) == said
