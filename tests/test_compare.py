from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageChops, ImageDraw, ImageFont

from vlm_notebook.offline.compare import compare
from vlm_notebook.offline.reader import Line
from vlm_notebook.offline.regions import MAX_REGIONS, PLACES, place
from vlm_notebook.offline.textdiff import changes

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 48), st.integers(1, 48), st.just(3))).map(
    Image.fromarray
)
PAIRS = st.tuples(st.integers(1, 48), st.integers(1, 48), st.just(3)).flatmap(
    lambda shape: st.tuples(arrays(np.uint8, shape), arrays(np.uint8, shape))
)
LINES = st.lists(st.text("ab 1", max_size=6), max_size=8)


def scene(seed=4, width=480, height=360):
    random = np.random.default_rng(seed)
    levels = np.zeros((height, width))
    for octave in range(2, 7):
        coarse = random.normal(0, 1, (2**octave, 2**octave)).astype(np.float32)
        smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        levels += np.asarray(smooth) * 70 / 1.6**octave
    tinted = 120 + levels[..., None] * [1.0, 0.8, 0.6]
    return Image.fromarray(tinted.clip(0, 255).astype(np.uint8))


def receipt(price="2.10"):
    picture = Image.new("RGB", (400, 600), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(16):
        text = f"Milk {price}" if row == 10 else f"Article {row * 37 % 101} {row}.40"
        draw.text((40, 30 + 34 * row), text, font=ImageFont.load_default(22), fill="black")
    return picture


def letter():
    picture = Image.new("RGB", (400, 600), "white")
    draw = ImageDraw.Draw(picture)
    for row in range(24):
        text = f"and at noon we sailed to isle {row * 53 % 71}"[row % 9 :]
        draw.text((25, 22 + 23 * row), text, font=ImageFont.load_default(18), fill="black")
    return picture


def jpeg(picture, *, quality):
    store = io.BytesIO()
    picture.save(store, "JPEG", quality=quality)
    return Image.open(store).convert("RGB")


def brighter(picture, levels):
    return Image.fromarray((np.asarray(picture).astype(int) + levels).clip(0, 255).astype(np.uint8))


@settings(max_examples=40, deadline=None)
@given(PICTURES)
def test_a_picture_is_identical_to_itself(picture):
    found = compare(picture, picture.copy())
    assert (found.identical, found.aligned, found.similarity) == (True, True, 1.0)
    assert (found.changed_share, found.regions) == (0.0, ())


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_how_much_changed_does_not_depend_on_which_comes_first(pair):
    first, second = map(Image.fromarray, pair)
    there, back = compare(first, second), compare(second, first)
    assert there.changed_share == back.changed_share
    assert there.similarity == pytest.approx(back.similarity, abs=1e-3)


def test_different_sizes_are_compared_the_same_both_ways():
    small, large = scene(width=480), scene().resize((960, 720))
    assert compare(small, large).changed_share == compare(large, small).changed_share


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_regions_lie_inside_the_first_picture(pair):
    first, second = map(Image.fromarray, pair)
    found = compare(first, second)
    assert len(found.regions) <= MAX_REGIONS
    assert 0 <= found.changed_share <= 1
    assert 0 <= found.similarity <= 1
    for region in found.regions:
        left, top, right, bottom = region.box
        assert 0 <= left < right <= first.width
        assert 0 <= top < bottom <= first.height
        assert 0 < region.strength <= 1
        assert region.place == place(region.box, *first.size)


@settings(max_examples=40, deadline=None)
@given(
    left=st.integers(0, 400),
    top=st.integers(0, 300),
    width=st.integers(12, 200),
    height=st.integers(12, 150),
    color=st.sampled_from(["red", "blue", "white", "black"]),
    page=st.booleans(),
)
def test_a_painted_rectangle_is_found_within_a_region(left, top, width, height, color, page):
    right, bottom = min(left + width, 480), min(top + height, 360)
    before = Image.new("RGB", (480, 360), "#f4e8d0" if page else "#404850") if page else scene()
    assume(not (page and color == "white"))
    after = before.copy()
    after.paste(color, (left, top, right, bottom))
    (region,) = compare(before, after).regions
    assert region.box[0] <= left + 2
    assert region.box[1] <= top + 2
    assert region.box[2] >= right - 2
    assert region.box[3] >= bottom - 2


@pytest.mark.parametrize(
    "same",
    [
        lambda picture: jpeg(picture, quality=50),
        lambda picture: brighter(picture, 15),
        lambda picture: brighter(picture, -15),
        lambda picture: picture.resize((picture.width * 2, picture.height * 2)),
        lambda picture: picture.resize((picture.width * 3 // 4, picture.height * 3 // 4)),
    ],
    ids=["jpeg", "brighter", "darker", "enlarged", "shrunk"],
)
@pytest.mark.parametrize("picture", [scene(), receipt()], ids=["scene", "receipt"])
def test_noise_light_and_resolution_are_no_change(picture, same):
    found = compare(picture, same(picture))
    assert not found.identical
    assert found.aligned
    assert found.similarity > 0.9
    assert found.regions == ()


def scaled(picture, gain):
    levels = np.asarray(picture).astype(float) * gain
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def shifted(picture, right, down):
    return ImageChops.offset(picture, right, down)


@pytest.mark.parametrize("gain", [0.6, 0.75, 1.2])
@pytest.mark.parametrize("picture", [scene(), receipt()], ids=["scene", "receipt"])
def test_less_or_more_light_throughout_is_no_change(picture, gain):
    for one, two in ((picture, scaled(picture, gain)), (scaled(picture, gain), picture)):
        found = compare(one, two)
        assert found.aligned
        assert found.regions == ()


def test_a_change_in_other_light_is_the_only_region():
    after = scene()
    after.paste("red", (100, 80, 160, 140))
    (region,) = compare(scene(), scaled(after, 0.7)).regions
    assert region.box[0] <= 102
    assert region.box[2] >= 158


def test_a_picture_without_its_colour_is_the_same_view():
    there, back = compare(scene(), scene().convert("L")), compare(scene().convert("L"), scene())
    assert (there.regions, there.colorless) == ((), "second")
    assert (back.regions, back.colorless) == ((), "first")


@pytest.mark.parametrize("shift", [(5, 3), (-6, 0), (0, -4)])
@pytest.mark.parametrize("picture", [scene(), receipt()], ids=["scene", "receipt"])
def test_a_shift_of_a_few_pixels_is_told_and_taken_out(picture, shift):
    found = compare(picture, shifted(picture, *shift))
    assert (found.shift, found.regions) == (shift, ())


def test_a_change_beside_a_shift_is_found_where_the_first_picture_has_it():
    after = scene()
    after.paste("red", (100, 80, 160, 140))
    found = compare(scene(), shifted(after, 5, 3))
    (region,) = found.regions
    assert found.shift == (5, 3)
    assert 90 <= region.box[0] <= 102
    assert 158 <= region.box[2] <= 172


def test_a_speck_is_a_small_change():
    after = scene()
    after.paste("red", (100, 80, 103, 83))
    found = compare(scene(), after)
    assert len(found.regions) == 1
    assert found.changed_share < 0.01


def test_a_price_that_changed_is_the_only_region():
    (region,) = compare(receipt(), jpeg(receipt("2.40"), quality=75)).regions
    left, top, right, bottom = region.box
    assert 80 <= left < right <= 160
    assert 360 <= top < bottom <= 410


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (scene(1), scene(2)),
        (receipt(), letter()),
        (receipt(), scene(3, 400, 600)),
        (scene(), scene().crop((0, 0, 200, 360))),
        (scene(), Image.new("RGB", (480, 360), "white")),
    ],
    ids=["scenes", "pages", "kinds", "crops", "blank"],
)
def test_other_scenes_are_not_compared_place_by_place(first, second):
    found = compare(first, second)
    assert not found.aligned
    assert (found.regions, found.changed_share) == ((), 1.0)


def test_regions_come_largest_first_and_at_most_six():
    before, after = scene(), scene()
    for i in range(9):
        side = 12 + 3 * i
        left, top = 20 + 150 * (i % 3), 20 + 115 * (i // 3)
        after.paste("red", (left, top, left + side, top + side))
    regions = compare(before, after).regions
    areas = [(r.box[2] - r.box[0]) * (r.box[3] - r.box[1]) for r in regions]
    assert len(regions) == 6
    assert areas == sorted(areas, reverse=True)


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("column", range(3))
def test_a_place_is_named_by_its_ninth(row, column):
    middle = (50 + 100 * column, 50 + 100 * row)
    box = (middle[0] - 20, middle[1] - 20, middle[0] + 20, middle[1] + 20)
    assert place(box, 300, 300) == PLACES[row][column]


@pytest.mark.parametrize("size", [(1, 1), (10_000, 1), (1, 10_000), (9, 7)])
def test_extreme_sizes_are_compared(size):
    found = compare(Image.new("L", size, 0), Image.new("RGBA", size, "white"))
    assert not found.identical
    assert found.changed_share == 1.0


def test_only_the_line_that_changed_is_changed():
    before = [Line(text, (0, 0, 9, 9), 1.0) for text in ("Milk 2.10", "Tea 3.00", "Total 5.10")]
    after = [Line(text, (0, 0, 9, 9), 1.0) for text in ("Milk 2.40", "tea  3.00", "Total 5.40")]
    found = compare(receipt(), receipt("2.40"), before, after).text
    assert [(c.kind, c.before, c.after) for c in found] == [
        ("changed", "Milk 2.10", "Milk 2.40"),
        ("same", "Tea 3.00", "tea  3.00"),
        ("changed", "Total 5.10", "Total 5.40"),
    ]


def test_a_line_put_in_and_one_taken_out_keep_their_places():
    found = changes(["Bread 1.80", "Milk 2.10", "Eggs 3.20"], ["Bread 1.80", "Eggs 3.20", "Jam"])
    assert [(c.kind, c.before or c.after) for c in found] == [
        ("same", "Bread 1.80"),
        ("removed", "Milk 2.10"),
        ("same", "Eggs 3.20"),
        ("added", "Jam"),
    ]


def test_a_line_is_paired_with_the_one_it_is_most_like():
    (added, changed) = changes(["Milk 2.10"], ["Apples 9.90", "Milk 2.40"])
    assert (added.kind, added.after) == ("added", "Apples 9.90")
    assert (changed.kind, changed.after) == ("changed", "Milk 2.40")


@settings(deadline=None)
@given(LINES, LINES)
def test_every_line_of_both_texts_is_accounted_for_in_order(before, after):
    found = changes(before, after)
    assert [c.before for c in found if c.kind != "added"] == [t for t in before if t.strip()]
    assert [c.after for c in found if c.kind != "removed"] == [t for t in after if t.strip()]


@given(LINES)
def test_white_space_and_case_are_no_change(lines):
    noisy = [line.upper().replace(" ", "   ") for line in lines]
    assert {c.kind for c in changes(lines, noisy)} <= {"same"}
