from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import vlm_notebook as vlm
from vlm_notebook import samples
from vlm_notebook.errors import ModelError, SourceError
from vlm_notebook.view import preview as previews


def small_print(corner):
    """A poster: large letters in the middle, small ones in one corner (0 or 1 across and down)."""
    image = Image.new("RGB", (1600, 1200), "white")
    draw = ImageDraw.Draw(image)
    draw.text((350, 480), "LARGE", fill="black", font=ImageFont.load_default(300))
    font = ImageFont.load_default(11)
    for line in range(12):
        at = (30 + 1320 * corner[0], 30 + 950 * corner[1] + 15 * line)
        draw.text(at, "conditions apply to all of this", fill="black", font=font)
    return image


def photograph(width=4032, height=3024):
    random = np.random.default_rng(5)
    coarse = random.integers(0, 256, (height // 126, width // 126, 3), "uint8")
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noise = random.integers(-12, 13, (height, width, 1))
    file = io.BytesIO()
    Image.fromarray((np.asarray(smooth) + noise).clip(0, 255).astype("uint8")).save(file, "JPEG")
    return file.getvalue()


def opened(picture):
    return Image.open(io.BytesIO(picture.data)).convert("RGB")


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_the_enlarged_part_is_the_small_print(corner):
    image = small_print(corner)
    left, top, right, bottom = previews._most_lost(image, vlm.prepare(image, detail="low").to_pil())
    center = (left + right) / 2, (top + bottom) / 2
    assert [side > 0.5 for side in center] == [bool(side) for side in corner]
    assert all(side < 0.3 or side > 0.7 for side in center)
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1


def test_grid_lines_stand_at_multiples_of_the_cell():
    drawn = previews._with_grid(Image.new("RGB", (250, 200), "white"), 28)
    columns = [x for x in range(250) if drawn.getpixel((x, 5)) != (255, 255, 255)]
    rows = [y for y in range(200) if drawn.getpixel((5, y)) != (255, 255, 255)]
    assert columns == list(range(28, 250, 28))
    assert rows == list(range(28, 200, 28))


def test_grid_lines_let_the_picture_through():
    drawn = previews._with_grid(Image.new("RGB", (300, 200), "black"), 28)
    assert max(drawn.getpixel((28, 5))) <= 0.4 * 255


@pytest.mark.parametrize("size", [(300, 200), (2000, 1500), (28, 28), (1, 900)])
def test_a_picture_without_cells_has_no_lines(size):
    drawn = previews._with_grid(Image.new("RGB", size, "white"), None)
    assert drawn.getextrema() == ((255, 255),) * 3
    assert drawn.width <= previews.SHOWN_WIDTH_PX
    assert drawn.height <= previews.SHOWN_HEIGHT_PX


def test_a_fine_grid_leaves_most_of_the_picture_uncovered():
    drawn = np.asarray(previews._with_grid(Image.new("RGB", (8000, 6000), "white"), 16))
    assert (drawn == 255).all(2).mean() > 0.5


def test_the_text_says_size_bytes_and_cells_of_each_level():
    shown = vlm.preview(samples.path("page"), model="gpt-4o")
    assert repr(shown).splitlines()[0] == "original: 1140x1600, 94 kB"
    low, high = repr(shown).splitlines()[1:]
    assert low.startswith(f"low: 365x512, {shown.prepared[0].nbytes / 1000:.0f} kB, 1 tile of 512")
    assert high.startswith("high: 768x1077, ")
    assert "2 x 3 tiles of 512 px" in high


def test_the_levels_stand_in_the_order_they_were_asked_for():
    shown = vlm.preview(samples.path("cat"), detail=("high", "low"))
    assert [look.title for look in shown.looks] == ["original", "high", "low"]
    alone = vlm.preview(samples.path("cat"), detail="auto")
    assert [look.title for look in alone.looks] == ["original", "auto"]


@pytest.mark.parametrize("model", [None, "gpt-4o", "qwen2.5-vl"])
@pytest.mark.parametrize("kind", ["photograph", "page"])
def test_two_levels_take_at_most_150_kilobytes(kind, model):
    image = photograph() if kind == "photograph" else samples.path("page")
    assert len(vlm.preview(image, model=model)._repr_html_()) <= 150_000


def test_the_same_picture_gives_the_same_html():
    first, again = (
        vlm.preview(samples.path("receipt"), model="qwen3-vl")._repr_html_() for _ in range(2)
    )
    assert first == again


def test_names_are_escaped(tmp_path):
    path = tmp_path / "a<script>alert(1)<&\"'.png"
    Image.new("RGB", (60, 40), "red").save(path)
    html = vlm.preview(path, model="<b>qwen-vl</b>")._repr_html_()
    assert "<script" not in html
    assert "<b>qwen" not in html
    assert "a&lt;script&gt;alert(1)&lt;&amp;&quot;&#x27;.png" in html


def test_every_picture_says_what_it_shows_and_is_embedded():
    html = vlm.preview(samples.path("sign"))._repr_html_()
    images = re.findall(r"<img [^>]*>", html)
    assert len(images) == 6
    for image in images:
        assert re.search(r'alt="sign\.jpg, (original|low|high): [^"]+"', image)
        kind, payload = re.search(r'src="data:image/(png|jpeg);base64,([^"]+)"', image).groups()
        assert Image.open(io.BytesIO(base64.b64decode(payload))).format == kind.upper()
    assert not re.search(r"https?://", html)


def test_all_columns_enlarge_the_same_part():
    shown = vlm.preview(small_print((1, 1)), model="gpt-4o")
    zoomed = [
        np.asarray(opened(look.zoomed).resize((90, 70)).convert("L"), float) for look in shown.looks
    ]
    for other in zoomed[1:]:
        assert np.corrcoef(zoomed[0].ravel(), other.ravel())[0, 1] > 0.5


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (20, 10)])
def test_pictures_of_odd_shapes_are_shown(size):
    assert vlm.preview(Image.new("RGB", size), model="qwen-vl")._repr_html_().count("<img") == 6


def test_a_level_that_there_is_not_and_no_level_are_refused():
    with pytest.raises(ModelError, match="use one of low, high, auto"):
        vlm.preview(samples.path("cat"), detail="original")
    with pytest.raises(ModelError, match="no level of detail"):
        vlm.preview(samples.path("cat"), detail=())
    with pytest.raises(SourceError, match="there is no file"):
        vlm.preview("nowhere.png")
