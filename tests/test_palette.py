from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vlm_notebook import samples
from vlm_notebook.images import palette


def noise(width, height):
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), "uint8")
    return Image.fromarray(pixels)


def sample(name, longest):
    image = Image.open(samples.path(name)).convert("RGB")
    image.thumbnail((longest, longest))
    return image


def sloping():
    """A slope of colours in a white page, as behind the title of a slide."""
    y, x = np.mgrid[0:400, 0:700]
    pixels = np.full((800, 700, 3), 255.0)
    pixels[200:600] = np.stack([40 + 0.15 * x + 0.1 * y, 80 + 0.2 * y, 200 - 0.1 * x], 2)
    return Image.fromarray(pixels.round().astype("uint8"))


def off(image, indexed):
    """How far each channel of each pixel is off."""
    return np.abs(np.asarray(indexed.convert("RGB"), int) - np.asarray(image, int))


@given(st.integers(1, 256), st.integers(1, 40), st.integers(1, 40))
def test_up_to_256_colors_are_kept_exactly(count, width, height):
    random = np.random.default_rng(count)
    colors = random.integers(0, 256, (count, 3), "uint8")
    image = Image.fromarray(colors[random.integers(0, count, (height, width))])
    indexed = palette.exact(image)
    assert indexed.mode == "P"
    assert indexed.convert("RGB").tobytes() == image.tobytes()


@given(st.integers(0, 255), st.sampled_from(range(0, 17, 4)))
def test_neighboring_colors_are_told_apart(base, shift):
    steps = base | np.arange(256, dtype="<u4") << shift
    image = Image.fromarray(steps.view("u1").reshape(16, 16, 4)[..., :3].copy())
    assert palette.exact(image).convert("RGB").tobytes() == image.tobytes()


def test_colors_that_only_all_their_bits_tell_apart_are():
    inverse = pow(palette._SPREAD, -1, 1 << 24)
    colors = np.asarray([inverse * number % (1 << 24) for number in range(256)], "<u4")
    image = Image.fromarray(colors.view("u1").reshape(16, 16, 4)[..., :3].copy())
    assert palette.exact(image).convert("RGB").tobytes() == image.tobytes()


def test_more_colors_are_not_kept_exactly():
    assert palette.exact(noise(40, 40)) is None


def test_a_palette_that_would_change_much_is_refused():
    assert palette.near(noise(300, 200)) is None
    assert palette.near(sample("pagoda", 512)) is None


def test_rare_colors_survive_in_a_palette():
    image = sample("page", 700)
    ImageDraw.Draw(image).rectangle((5, 5, 9, 9), fill=(0, 120, 250))
    shown = palette.near(image).convert("RGB").getpixel((7, 7))
    assert max(abs(a - b) for a, b in zip(shown, (0, 120, 250), strict=True)) <= 12


@pytest.mark.parametrize("name", ["page", "page_zh", "chart", "screenshot"])
@pytest.mark.parametrize("longest", [512, 1078])
def test_no_pixel_of_a_drawing_changes_visibly(name, longest):
    image = sample(name, longest)
    indexed = palette.near(image)
    assert off(image, indexed).max() <= 16
    assert np.sqrt((off(image, indexed) ** 2).mean()) < 0.7


@pytest.mark.parametrize("name", ["page", "page_zh", "chart", "screenshot"])
def test_the_ground_keeps_its_color_exactly(name):
    image = sample(name, 512)
    ground = max(image.getcolors(1 << 18))[1]
    there = (np.asarray(image) == ground).all(2)
    assert off(image, palette.near(image))[there].max() == 0


def test_a_slope_of_colors_keeps_small_steps():
    image = sloping()
    assert len(image.getcolors(1 << 18)) > 4_000
    assert off(image, palette.near(image)).max() <= 8


@pytest.mark.parametrize("image", [sample("screenshot", 512), sloping()])
def test_every_entry_is_used(image):
    indexed = palette.near(image)
    used = {index for _, index in indexed.getcolors()}
    assert used == set(range(len(indexed.getpalette()) // 3))


@given(st.integers(0, 100), st.integers(2, 60), st.integers(2, 60))
def test_what_is_not_refused_is_off_by_no_more_than_is_said(seed, width, height):
    random = np.random.default_rng(seed)
    slopes = random.normal(0, 40, (3, 2)) @ np.stack(np.meshgrid([0, 1], [0, 1])).reshape(2, 4)
    corners = (128 + slopes.T).clip(0, 255).astype("uint8").reshape(2, 2, 3)
    image = Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)
    indexed = palette.near(image)
    assert indexed is None or (off(image, indexed) ** 2).mean() <= palette.NEAR_RMS**2 + 1e-9
