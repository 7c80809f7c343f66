from __future__ import annotations

import doctest

import pytest
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.models import estimate as module


def _picture(width, height):
    return Image.new("RGB", (width, height), "white")


@pytest.mark.parametrize(
    ("model", "detail", "tokens"),
    [
        ("gpt-4o", "low", 85),
        ("gpt-4o", "high", 1105),
        ("gpt-5.4", "high", 2448),
        ("claude-sonnet-4-5", "high", 1560),
        ("qwen2.5-vl-72b-instruct", "auto", 1222),
        ("pixtral-12b", "high", 2340),
    ],
)
def test_a_picture_costs_what_it_costs_as_it_is_sent(model, detail, tokens):
    assert vlm.estimate(_picture(1920, 1080), model=model, detail=detail).tokens == tokens


def test_several_pictures_cost_their_sum():
    both = vlm.estimate(_picture(640, 480), _picture(512, 512), model="gpt-4o", detail="high")
    assert both.tokens == 425 + 255


def test_a_prepared_picture_is_counted_as_it_is():
    small = vlm.prepare(_picture(4032, 3024), detail="low")
    assert vlm.estimate(small, model="claude-sonnet-4-5", detail="high").tokens == 19 * 14


def test_the_level_is_auto_unless_said_otherwise():
    picture = _picture(1024, 1024)
    assert vlm.estimate(picture, model="qwen2.5-vl-7b").tokens == 1225
    assert vlm.estimate(picture).confidence == "guess"


@pytest.mark.parametrize("detail", ["huge", "original"])
def test_a_level_that_pictures_are_not_prepared_for_is_an_error(detail):
    with pytest.raises(vlm.ModelError, match="use one of low, high, auto"):
        vlm.estimate(_picture(5, 5), model="gpt-4o", detail=detail)


def test_a_picture_that_cannot_be_used_is_an_error():
    with pytest.raises(vlm.SourceError):
        vlm.estimate("no/such/file.png", model="gpt-4o")


def test_the_examples_run():
    assert doctest.testmod(module).failed == 0
