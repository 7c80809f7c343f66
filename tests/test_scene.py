from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from vlm_notebook.images import samples
from vlm_notebook.offline.kind import has_ticks
from vlm_notebook.offline.palette import ANCHORS, MIN_SHARE, lab, name_of
from vlm_notebook.offline.reader import Line
from vlm_notebook.offline.scene import look

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))).map(
    Image.fromarray
)


def font(size):
    return ImageFont.load_default(size)


def page(*, ground="white", rows=30):
    picture = Image.new("RGB", (800, 1000), ground)
    draw = ImageDraw.Draw(picture)
    for row in range(rows):
        text = f"{row} the ferry leaves the northern pier at seven and returns by noon"
        draw.text((60, 60 + 29 * row), text, font=font(20), fill=(20, 20, 20))
    return picture


def scanned(picture):
    seed = np.random.default_rng(1)
    turned = picture.rotate(0.8, fillcolor=(220, 220, 220), resample=Image.Resampling.BICUBIC)
    levels = np.asarray(turned, dtype=float) - np.linspace(0, 50, turned.width)[None, :, None]
    noisy = levels + seed.normal(0, 7, levels.shape)
    return jpeg(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), quality=60)


def jpeg(picture, *, quality):
    store = io.BytesIO()
    picture.save(store, "JPEG", quality=quality)
    return Image.open(store).convert("RGB")


def landscape(width=640, height=480):
    """Something with a photograph's statistics: smooth shapes, fractal texture and noise."""
    seed = np.random.default_rng(4)
    levels = np.zeros((height, width, 3))
    for octave in range(1, 8):
        coarse = seed.normal(0, 1, (2**octave, 2**octave, 3)).astype(np.float32)
        planes = [
            Image.fromarray(coarse[..., i]).resize((width, height), Image.Resampling.BICUBIC)
            for i in range(3)
        ]
        levels += np.stack([np.asarray(plane) for plane in planes], axis=2) * 60 / 1.7**octave
    noisy = 120 + levels + seed.normal(0, 3, levels.shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def window():
    picture = Image.new("RGB", (1200, 800), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1200, 50), fill="#2b579a")
    draw.rectangle((0, 51, 220, 800), fill="#e9ecf1")
    for row in range(14):
        draw.text((20, 80 + 48 * row), f"Folder {row}", font=font(18), fill="black")
        draw.text(
            (260, 80 + 48 * row), f"Message {row} about the garden", font=font(18), fill="black"
        )
        draw.line((240, 115 + 48 * row, 1180, 115 + 48 * row), fill="#dddddd")
    return picture


def terminal():
    picture = Image.new("RGB", (900, 600), "black")
    draw = ImageDraw.Draw(picture)
    for row in range(24):
        draw.text(
            (10, 10 + 24 * row), f"$ print step {row} of the build", font=font(18), fill="lime"
        )
    return picture


def house():
    picture = Image.new("RGB", (800, 600), "#7ed6df")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 400, 800, 600), fill="#6ab04c")
    draw.rectangle((250, 250, 550, 480), fill="#f0932b", outline="black", width=4)
    draw.polygon([(220, 250), (400, 120), (580, 250)], fill="#eb4d4b", outline="black")
    draw.ellipse((620, 40, 740, 160), fill="#f9ca24")
    return picture


def chart(style="default", shape="bar"):
    from matplotlib import style as styles
    from matplotlib.figure import Figure

    with styles.context(style):
        figure = Figure()
        axes = figure.subplots()
        getattr(axes, shape)([1, 2, 3, 4], [3, 7, 2, 5])
        axes.set_title("Visitors by quarter")
        store = io.BytesIO()
        figure.savefig(store, format="png")
    return Image.open(store).convert("RGB")


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (landscape(), "photo"),
        (jpeg(landscape(), quality=50), "photo"),
        (landscape().convert("L"), "photo"),
        (page(), "document"),
        (page(rows=6), "document"),
        (page(ground="#fff2c8"), "document"),
        (scanned(page()), "document"),
        (window(), "screenshot"),
        (jpeg(window(), quality=70), "screenshot"),
        (terminal(), "screenshot"),
        (chart(), "chart"),
        (chart(shape="plot"), "chart"),
        (chart(shape="scatter"), "chart"),
        (chart("dark_background"), "chart"),
        (jpeg(chart(), quality=70), "chart"),
        (house(), "drawing"),
        (jpeg(house(), quality=70), "drawing"),
        (jpeg(landscape(), quality=5), "photo"),
        (jpeg(page(), quality=5), "document"),
        (jpeg(window(), quality=5), "screenshot"),
        (jpeg(chart(), quality=5), "chart"),
        (jpeg(house(), quality=5), "drawing"),
    ],
)
def test_the_kind_is_what_a_person_would_say(picture, kind):
    assert look(picture).kind == kind


@pytest.mark.parametrize("quality", [5, 10, 20])
@pytest.mark.parametrize("name", ["cat", "coffee", "pagoda", "flower", "rocket", "before"])
def test_a_photograph_stays_one_under_strong_compression(name, quality):
    picture = Image.open(samples.path(name)).convert("RGB")
    assert look(jpeg(picture, quality=quality)).kind == "photo"


def test_numbers_that_count_evenly_along_an_edge_make_a_chart():
    bare = house()
    lines = [
        Line(str(value), (10, 500 - 4 * value, 40, 516 - 4 * value), 0.9) for value in (0, 50, 100)
    ]
    assert look(bare).kind == "drawing"
    assert look(bare, lines).kind == "chart"


@pytest.mark.parametrize("values", [("2.10", "3.50", "1.80"), ("5", "5", "5"), ("0", "50")])
def test_prices_and_repeated_numbers_are_no_axis(values):
    assert not has_ticks(
        [Line(v, (10, 40 * i, 40, 40 * i + 16), 0.9) for i, v in enumerate(values)]
    )


@pytest.mark.parametrize("name", [n for n in ANCHORS if n != "beige"])
def test_a_plain_picture_has_the_name_of_its_css_color(name):
    (color,) = look(Image.new("RGB", (60, 40), name)).colors
    assert (color.name, color.share) == (name, 1.0)


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((135, 206, 235), "blue"),
        ((34, 139, 34), "green"),
        ((139, 0, 0), "red"),
        ((245, 222, 179), "beige"),
        ((75, 0, 130), "purple"),
        ((112, 128, 144), "grey"),
        ((255, 215, 0), "yellow"),
        ((64, 224, 208), "teal"),
        ((101, 67, 33), "brown"),
        ((255, 105, 180), "pink"),
    ],
)
def test_shades_get_the_name_a_person_would_give(rgb, name):
    assert name_of(rgb) == name


def test_lab_of_white_and_of_black_are_its_ends():
    ends = lab(np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8))
    assert np.allclose(ends, [[0, 0, 0], [100, 0, 0]], atol=0.02)


def test_shares_follow_the_areas():
    picture = Image.new("RGB", (400, 200), "white")
    picture.paste("red", (0, 0, 100, 200))
    assert [(c.name, c.share) for c in look(picture).colors] == [("white", 0.75), ("red", 0.25)]


@settings(max_examples=60, deadline=None)
@given(PICTURES)
def test_any_picture_has_measures_within_their_ranges(picture):
    scene = look(picture)
    assert (scene.width, scene.height) == picture.size
    assert sum(color.share for color in scene.colors) <= 1 + 1e-3
    assert all(color.share >= MIN_SHARE for color in scene.colors)
    assert sorted(scene.colors, key=lambda color: -color.share) == list(scene.colors)
    for measure in (scene.brightness, scene.contrast, scene.sharpness):
        assert 0 <= measure <= 1


@pytest.mark.parametrize("size", [(1, 1), (10_000, 1), (1, 10_000), (17, 3), (15, 16)])
@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "CMYK"])
def test_extreme_sizes_and_every_mode_are_looked_at(size, mode):
    scene = look(Image.new(mode, size))
    assert (scene.width, scene.height) == size


def test_the_same_picture_gives_the_same_scene():
    assert look(landscape()) == look(landscape())


@pytest.mark.parametrize(
    ("size", "orientation"),
    [((300, 200), "landscape"), ((200, 300), "portrait"), ((300, 296), "square")],
)
def test_the_orientation_is_that_of_the_longer_side(size, orientation):
    assert look(Image.new("RGB", size)).orientation == orientation


@pytest.mark.parametrize("size", [(320, 240), (768, 576), (2000, 1500)])
def test_a_sharp_picture_is_above_a_half_at_any_size(size):
    draw = ImageDraw.Draw(picture := landscape(*size))
    step = max(size) // 12
    for left in range(0, size[0], step):
        draw.rectangle((left, step, left + step // 2, 3 * step), fill="black")
    assert look(picture).sharpness > 0.5


@pytest.mark.parametrize("width", [600, 1800])
def test_blur_that_is_seen_is_under_three_tenths_at_any_size(width):
    picture = landscape(width, width * 3 // 4)
    ImageDraw.Draw(picture).rectangle((50, 50, 300, 250), fill="black")
    radius = 4 * max(1, width / 768)
    assert look(picture.filter(ImageFilter.GaussianBlur(radius))).sharpness < 0.3


def test_a_blurred_background_does_not_make_a_portrait_blurred():
    picture = page().resize((600, 750))
    sharp = look(picture).sharpness
    blurred = picture.filter(ImageFilter.GaussianBlur(8))
    blurred.paste(picture.crop((150, 200, 400, 450)), (150, 200))
    assert look(blurred).sharpness > 0.8 * sharp


def test_brightness_and_contrast_are_of_luma():
    half = Image.new("RGB", (100, 100), "black")
    half.paste("white", (0, 0, 50, 100))
    scene = look(half)
    assert (scene.brightness, scene.contrast) == (0.5, 1.0)
    assert look(Image.new("RGB", (9, 9), (51, 51, 51))).brightness == pytest.approx(0.2)


def test_a_scan_and_a_grey_jpeg_are_grayscale_and_a_red_mark_is_not():
    grey = jpeg(landscape().convert("L").convert("RGB"), quality=50)
    assert look(grey).grayscale
    grey.paste("red", (100, 100, 130, 130))
    assert not look(grey).grayscale
