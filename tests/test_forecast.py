from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_notebook import samples
from vlm_notebook.images import forecast

PHOTOGRAPHS = ("cat", "coffee", "flower", "sign", "receipt")


def sample(name, longest):
    image = Image.open(samples.path(name)).convert("RGB")
    image.thumbnail((longest, longest))
    return image


def nbytes(image, quality, *, sharp=False):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, subsampling=0 if sharp else 2)
    return file.tell()


def noise(width, height):
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), "uint8")
    return Image.fromarray(pixels)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("longest", [512, 1000])
@pytest.mark.parametrize("sharp", [False, True])
def test_the_bytes_of_a_photograph_are_known_about_before_it_is_written(name, longest, sharp):
    image = sample(name, longest)
    curve = forecast.curve(image, sharp=sharp)
    for quality in (50, 75, 85):
        written = nbytes(image, quality, sharp=sharp)
        assert curve.bytes_at(quality) == pytest.approx(written, rel=0.35)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_once_it_is_written_at_one_quality_the_others_are_known_closely(name):
    image = sample(name, 800)
    curve = forecast.curve(image, sharp=False).through(85, nbytes(image, 85))
    assert curve.bytes_at(85) == pytest.approx(nbytes(image, 85))
    for quality in (48, 60, 70, 80, 90):
        assert curve.bytes_at(quality) == pytest.approx(nbytes(image, quality), rel=0.2)


@given(
    few=st.integers(1, 10_000),
    more=st.integers(1, 10_000),
    most=st.integers(1, 10_000),
    wanted=st.integers(0, 40_000),
    ends=st.tuples(st.integers(45, 90), st.integers(45, 90)),
)
def test_the_quality_for_a_budget_is_the_highest_that_fits(few, more, most, wanted, ends):
    curve = forecast.Curve(((45, few), (65, few + more), (90, few + more + most)))
    low, high = sorted(ends)
    quality = curve.quality_for(wanted, low, high)
    assert low <= quality <= high
    assert quality == low or curve.bytes_at(quality) <= wanted
    assert quality == high or curve.bytes_at(quality + 1) > wanted


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (64, 48), (31, 900), (900, 15)])
def test_a_small_or_narrow_picture_is_looked_at_as_a_whole(size):
    image = noise(*size)
    assert forecast.places(image) is image
    for quality in (45, 65, 90):
        written = nbytes(image, quality)
        assert forecast.curve(image, sharp=False).bytes_at(quality) == pytest.approx(written)


@pytest.mark.parametrize("size", [(300, 300), (512, 384), (1024, 768), (3000, 33), (33, 3000)])
def test_of_a_large_picture_a_part_is_looked_at_that_holds_nothing_else(size):
    image = Image.new("RGB", size, "navy")
    part = forecast.places(image)
    assert part.width * part.height <= image.width * image.height / 8
    assert part.getcolors() == [(part.width * part.height, (0, 0, 128))]


def test_a_larger_picture_of_the_same_kind_takes_more():
    small, large = (forecast.curve(noise(side, side), sharp=False) for side in (300, 600))
    assert large.bytes_at(70) == pytest.approx(4 * small.bytes_at(70), rel=0.1)
