from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

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
    encoded = encode.encode(noise(300, 200), 1_000_000)
    assert (encoded.media_type, encoded.how) == ("image/jpeg", "JPEG quality 85")
    assert opened(encoded).size == encoded.size == (300, 200)


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
