"""What is where in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_notebook.images import samples
from vlm_notebook.offline import objects
from vlm_notebook.offline.objects import Located

CAT = 15


@st.composite
def things(draw):
    left, top = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    box = left, top, left + draw(st.integers(1, 50)), top + draw(st.integers(1, 50))
    return Located(draw(st.integers(0, 2)), draw(st.floats(0, 1)), box)


@pytest.fixture(scope="module")
def cat():
    with Image.open(samples.path("cat")) as picture:
        return picture.convert("RGB")


def best(picture, kind):
    return next(thing for thing in objects.locate(picture, least=0.3) if thing.kind == kind)


@given(things(), things())
def test_overlap_is_a_symmetric_share(first, second):
    assert first.overlap(second) == second.overlap(first)
    assert 0 <= first.overlap(second) <= 1
    assert first.overlap(first) == 1


@given(st.lists(things(), max_size=20))
def test_what_is_kept_does_not_clash_and_what_is_dropped_does(found):
    kept = objects.without(Located.repeats, found)
    assert objects.without(Located.repeats, kept) == kept
    for thing in found:
        assert thing in kept or any(thing.repeats(other) for other in kept)


def test_things_of_two_kinds_do_not_repeat_each_other_but_dispute_a_place():
    first, second = Located(0, 0.9, (0, 0, 10, 10)), Located(1, 0.8, (0, 0, 10, 9))
    assert not second.repeats(first)
    assert second.disputes(first)


def sides(*strides):
    """Return (1, 44) with the whole weight on one distance for each side of the box."""
    result = np.full((1, 4, objects.BINS), -50, np.float32)
    for side, distance in enumerate(strides):
        result[0, side, distance] = 50
    return result.reshape(1, -1)


def test_a_box_is_decoded_from_its_point_by_the_distances_to_its_sides():
    point = np.array([52 * 52 + 26 * 10 + 5])  # stride 16, row 10, column 5: middle at (88, 168)
    box = objects._boxes(point, sides(1, 2, 3, 4), (416, 416))
    assert box.tolist() == [[72, 136, 136, 232]]


def test_a_box_is_scaled_to_the_picture_and_cut_at_its_edge():
    point = np.array([52 * 52 + 26 * 10 + 5])
    # 832 x 416 lies in the square at half its size, below a bar of 104 pixels.
    box = objects._boxes(point, sides(10, 2, 3, 10), (832, 416))
    assert box.tolist() == [[0, 64, 272, 416]]


def test_there_is_a_point_for_every_score():
    assert objects._grid().shape == (52**2 + 26**2 + 13**2, 3)
    assert objects._grid()[0].tolist() == [4, 4, 8]
    assert objects._grid()[-1].tolist() == [400, 400, 32]


def test_the_cat_is_found_where_it_is(cat):
    left, top, right, bottom = best(cat, CAT).box
    assert left < 0.1 * cat.width < 0.8 * cat.width < right
    assert top < 0.1 * cat.height < 0.8 * cat.height < bottom


def test_a_box_follows_the_picture_when_it_is_moved_and_scaled(cat):
    wide = Image.new("RGB", (cat.width * 2, cat.height))
    wide.paste(cat, (cat.width, 0))
    large = cat.resize((cat.width * 3, cat.height * 3))
    box = np.array(best(cat, CAT).box)
    tolerance = 0.1 * cat.width
    moved = np.array(best(wide, CAT).box) - [cat.width, 0, cat.width, 0]
    assert np.abs(moved - box).max() < tolerance
    assert np.abs(np.array(best(large, CAT).box) / 3 - box).max() < tolerance


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (2, 3), (416, 416)])
def test_boxes_stay_in_pictures_of_any_shape(size):
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    found = objects.locate(Image.fromarray(noise), least=0.01)
    assert found
    for thing in found:
        left, top, right, bottom = thing.box
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]


def test_nothing_below_the_score_asked_for_comes_back(cat):
    found = objects.locate(cat, least=0.2)
    scores = [thing.score for thing in found]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0.2
    assert objects.locate(cat, least=1.01) == ()
