from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook import detail as levels
from vlm_notebook.errors import PrepareError
from vlm_notebook.images.montage import montage

COLORS = ("red", "lime", "blue", "yellow", "aqua", "purple")
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}


def pictures(count, size=(300, 200)):
    return [Image.new("RGB", size, color) for color in COLORS[:count]]


def boxes(sheet):
    """Where each colour stands on a montage: left, top, right, bottom in pixels."""
    pixels = sheet.to_pil()
    found = {}
    for color, wanted in RGB.items():
        channels = [
            band.point([255 * (abs(value - level) < 60) for level in range(256)])
            for band, value in zip(pixels.split(), wanted, strict=True)
        ]
        mask = Image.merge("RGB", channels).convert("L").point([0] * 255 + [255])
        found[color] = mask.getbbox()
    return found


def ink(sheet, box):
    """How many dark pixels stand in the strip above a picture."""
    left, top, right, _ = box
    strip = sheet.to_pil().convert("L").crop((left, max(0, top - 24), right, top - 2))
    return sum(strip.histogram()[:100])


def test_each_picture_stands_whole_and_apart_in_reading_order():
    found = [box for box in boxes(montage(*pictures(4))).values() if box]
    assert len(found) == 4
    assert found == sorted(found, key=lambda box: (box[1], box[0]))
    assert {(box[2] - box[0], box[3] - box[1]) for box in found} == {(300, 200)}


def test_each_picture_has_its_label_above_it():
    sheet = montage(*pictures(4))
    assert all(ink(sheet, box) > 20 for box in boxes(sheet).values())


def test_the_labels_are_numbers_or_what_is_given():
    named = montage(*pictures(2), labels=["before", "after"])
    assert named.origin == "before: the PIL image, after: the PIL image"
    assert montage(*pictures(2)).origin == "1: the PIL image, 2: the PIL image"
    assert named.data != montage(*pictures(2)).data


def test_the_embedded_reader_can_read_the_labels():
    sheet = montage(*pictures(2, (500, 300)), labels=["before", "after"])
    read = vlm.Client(model="embedded").ask("Read the text.", sheet, show=False).text
    assert "before" in read
    assert "after" in read


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900)), min_size=2, max_size=7),
    st.sampled_from(levels.LEVELS),
    st.sampled_from(["gpt-4o", "qwen2.5-vl-7b", "internvl3", None]),
)
def test_a_montage_is_at_most_the_size_that_the_model_keeps(sizes, detail, model):
    images = [Image.new("RGB", size, "red") for size in sizes]
    sheet = montage(*images, detail=detail, model=model)
    assert sheet.original_size == sheet.size
    assert levels.limits(detail, model).fit(*sheet.size) == sheet.size


def test_pictures_shrink_no_more_than_they_must():
    found = boxes(montage(*pictures(4, (1000, 700)), detail="high"))
    assert all(box[2] - box[0] > 500 for box in found.values())


def test_a_long_label_stays_within_its_cell():
    sheet = montage(*pictures(2, (200, 300)), labels=["a label " * 40, "2"])
    red, lime = (boxes(sheet)[color] for color in ("red", "lime"))
    assert ink(sheet, red) > 50
    between = sheet.to_pil().convert("L").crop((red[2] + 2, 0, lime[0] - 2, red[1] - 2))
    assert between.getextrema() == (255, 255)


def test_the_same_pictures_give_the_same_bytes():
    assert montage(*pictures(3)).sha256 == montage(*pictures(3)).sha256


@pytest.mark.parametrize("count", [0, 1])
def test_a_montage_takes_two_pictures(count):
    with pytest.raises(PrepareError, match="two or more"):
        montage(*pictures(count))


@pytest.mark.parametrize("labels", [["1"], ["1", ""], ["1", "图"], ["1", "a\nb"], ["1", "2", "3"]])
def test_labels_that_do_not_fit_are_refused(labels):
    with pytest.raises(PrepareError, match="label"):
        montage(*pictures(2), labels=labels)
