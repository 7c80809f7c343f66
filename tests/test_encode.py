from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vlm_notebook import samples
from vlm_notebook.errors import PrepareError
from vlm_notebook.images import encode


def noise(width, height):
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), "uint8")
    return Image.fromarray(pixels)


def chart():
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).rectangle((40, 60, 90, 190), fill="navy")
    return image


def opened(encoded):
    return Image.open(io.BytesIO(encoded.data))


def test_a_drawing_is_written_without_loss():
    encoded = encode.encode(chart(), 1_000_000)
    assert (encoded.media_type, encoded.how, encoded.size) == ("image/png", "PNG", (300, 200))
    assert opened(encoded).convert("RGB").tobytes() == chart().tobytes()


def test_a_photograph_is_written_as_jpeg():
    encoded = encode.encode(noise(800, 600), 1_000_000)
    assert (encoded.media_type, encoded.how) == ("image/jpeg", "JPEG quality 85")
    assert opened(encoded).size == encoded.size == (800, 600)


def test_a_photograph_of_few_pixels_is_written_better():
    assert encode.encode(noise(300, 200), 1_000_000).how == "JPEG quality 95"
    assert encode.encode(noise(800, 600), 1_000_000).how == "JPEG quality 85"


@pytest.mark.parametrize("share", [0.95, 0.8, 0.65])
def test_quality_is_given_up_before_pixels_are(share):
    full = len(encode.jpeg(noise(300, 200), 85))
    encoded = encode.encode(noise(300, 200), int(full * share))
    assert encoded.size == (300, 200)
    assert len(encoded.data) >= 0.9 * int(full * share)


@given(
    width=st.integers(20, 120), height=st.integers(20, 120), max_bytes=st.integers(2_000, 20_000)
)
def test_the_file_fits_and_keeps_its_shape(width, height, max_bytes):
    encoded = encode.encode(noise(width, height), max_bytes)
    assert len(encoded.data) <= max_bytes
    assert opened(encoded).size == encoded.size
    scale = encoded.size[0] / width
    assert abs(encoded.size[1] - height * scale) <= 0.5 + 0.5 * height / width
    assert encoded.size <= (width, height)


def test_a_budget_that_nothing_fits_in_is_refused():
    with pytest.raises(PrepareError, match="does not fit in 10 bytes: raise max_bytes"):
        encode.encode(noise(300, 200), 10)


def test_nothing_but_pixels_is_written():
    image = noise(64, 64)
    image.info = {"comment": b"SECRET", "icc_profile": b"SECRET", "exif": b"SECRET"}
    image.info |= {"xmp": b"SECRET", "dpi": (300, 300), "photoshop": {1: b"SECRET"}}
    assert b"SECRET" not in encode.jpeg(image, 85)
    flat = Image.new("RGB", (64, 64))
    flat.info = dict(image.info, transparency=(0, 0, 0), Author="SECRET")
    encoded = encode.encode(flat, 100_000)
    assert b"SECRET" not in encoded.data
    assert opened(encoded).info == {}
    assert flat.info["Author"] == "SECRET"


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2000, 3)])
def test_pictures_of_odd_shapes_are_written(size):
    assert encode.encode(Image.new("RGB", size), 1_000_000).size == size


def test_drawings_are_flat_and_photographs_are_not():
    assert encode.is_flat(chart())
    assert not encode.is_flat(noise(300, 200))
    assert not encode.is_flat(Image.linear_gradient("L").rotate(90).convert("RGB"))


def sample(name, longest):
    image = Image.open(samples.path(name)).convert("RGB")
    image.thumbnail((longest, longest))
    return image


def off_by(image, other):
    return float(np.abs(np.asarray(image, float) - np.asarray(other, float)).mean())


@pytest.mark.parametrize("name", ["page", "page_zh", "chart", "screenshot"])
@pytest.mark.parametrize("longest", [512, 1078])
def test_a_shrunk_page_is_closer_to_its_pixels_than_as_jpeg_and_about_as_small(name, longest):
    image = sample(name, longest)
    encoded, as_jpeg = encode.encode(image, 1_000_000), encode.jpeg(image, 85, sharp=True)
    assert encoded.media_type == "image/png"
    assert len(encoded.data) <= 1.2 * len(as_jpeg)
    lost = off_by(image, Image.open(io.BytesIO(as_jpeg)))
    assert off_by(image, opened(encoded).convert("RGB")) < lost / 2


def test_a_page_of_few_colors_is_no_larger_than_its_palette_allows():
    page = Image.open(samples.path("page")).convert("RGB")
    encoded = encode.encode(page, 1_000_000)
    assert opened(encoded).convert("RGB").tobytes() == page.tobytes()
    assert len(encoded.data) < 110_000


def test_colored_letters_keep_their_color_at_full_resolution():
    image = Image.effect_noise((400, 300), 40).convert("RGB")
    image.paste("white", (0, 0, 400, 280))
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((20, 20), "fine red print", fill=(220, 0, 0))
    red = [at for at in np.ndindex(300, 400) if image.getpixel(at[::-1]) == (220, 0, 0)]
    encoded = encode.encode(image, len(encode.jpeg(image, 60, sharp=True)))
    shown = opened(encoded).convert("RGB")
    assert red
    assert np.mean([shown.getpixel(at[::-1])[1] for at in red]) < 60


def dense_page():
    """Letters so small and close that hardly half of all neighbours are equal."""
    image = Image.new("RGB", (900, 1200), (250, 246, 230))
    draw = ImageDraw.Draw(image)
    for line in range(40):
        words = " ".join(f"{line * word % 97}word{word:x}" for word in range(30))
        draw.text((4, 30 * line), words, fill=(70, 40, 10), font_size=20)
    return image.resize((600, 800), Image.Resampling.BICUBIC)


def test_a_page_full_of_small_letters_is_a_drawing():
    page = dense_page()
    encoded = encode.encode(page, 1_000_000)
    assert encoded.media_type == "image/png"
    assert len(encoded.data) < len(encode.jpeg(page, 85))
    assert off_by(page, opened(encoded).convert("RGB")) < 1


def test_a_drawing_with_a_photograph_in_it_is_written_as_jpeg():
    image = Image.new("RGB", (600, 400), "white")
    image.paste(sample("coffee", 300), (0, 0))
    encoded = encode.encode(image, 1_000_000)
    assert encode.is_flat(image)
    assert encoded.media_type == "image/jpeg"
    assert len(encoded.data) < 60_000


def test_a_drawing_that_is_over_the_budget_as_png_is_written_as_jpeg():
    page = sample("page", 1078)
    budget = len(encode.encode(page, 1_000_000).data) - 1
    encoded = encode.encode(page, budget)
    assert encoded.media_type == "image/jpeg"
    assert len(encoded.data) <= budget


@pytest.mark.parametrize("name", ["page", "screenshot"])
def test_the_same_drawing_gives_the_same_bytes(name):
    once = encode.encode(sample(name, 512), 1_000_000)
    assert encode.encode(sample(name, 512), 1_000_000) == once
