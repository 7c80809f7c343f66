"""Naming what a photograph shows."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest
from PIL import Image, ImageOps

from vlm_notebook.images import samples
from vlm_notebook.offline import classes, network, objects, recognise, vocabulary
from vlm_notebook.offline.finding import Finding
from vlm_notebook.offline.objects import Located

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"]


def picture(name):
    with Image.open(samples.path(name)) as opened:
        return opened.convert("RGB")


def found(image):
    return {(finding.name, finding.source) for finding in recognise.recognise(image)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat", {("cat", "scene"), ("cat", "object")}),
        ("coffee", {("coffee", "scene")}),
        ("pagoda", {("building", "scene")}),
    ],
)
def test_photographs_are_named(name, expected):
    assert found(picture(name)) == expected


@pytest.mark.parametrize("name", ["page", "page_zh", "chart", "receipt", "screenshot"])
def test_nothing_is_named_on_pages_charts_and_screens(name):
    assert found(picture(name)) == set()


def test_a_finding_is_named_in_both_languages_and_placed():
    for finding in recognise.recognise(picture("cat")):
        assert (finding.name, finding.name_zh) == ("cat", "猫")
        assert 0.5 <= finding.confidence <= 1
        assert (finding.box is None) == (finding.source == "scene")


def test_findings_come_best_first():
    confidences = [finding.confidence for finding in recognise.recognise(picture("cat"))]
    assert confidences == sorted(confidences, reverse=True)


def test_the_same_picture_gets_the_same_findings():
    assert recognise.recognise(picture("cat")) == recognise.recognise(picture("cat"))


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2), (20, 15)])
def test_pictures_of_any_shape_are_taken(size):
    assert isinstance(recognise.recognise(Image.new("RGB", size, "teal")), tuple)


@pytest.mark.parametrize("mode", MODES)
def test_pictures_of_any_mode_are_taken(mode):
    assert recognise.recognise(Image.new(mode, (40, 30))) == ()


def test_without_onnxruntime_there_is_no_answer_rather_than_an_empty_one(monkeypatch):
    network._session.cache_clear()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert recognise.recognise(picture("cat")) is None


def test_importing_the_module_loads_nothing_heavy():
    code = "import sys, vlm_notebook.offline.recognise\nprint({'onnxruntime'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_picture_without_color_is_told_from_one_with_color():
    cat = picture("cat")
    assert not recognise.is_gray(cat)
    assert recognise.is_gray(ImageOps.grayscale(cat).convert("RGB"))


def test_a_grey_picture_must_be_surer():
    for finding in recognise.recognise(ImageOps.grayscale(picture("cat"))):
        assert finding.confidence >= recognise.GRAY.backed
    for name in ("scene", "fine", "backed", "located"):
        assert getattr(recognise.GRAY, name) > getattr(recognise.COLOR, name)


DOG = Finding("dog", "狗", 0.9, None, "scene")
WHOLE, CORNER = (0, 0, 90, 90), (0, 0, 20, 20)
KINDS = {label.name: number for number, label in enumerate(vocabulary.labels("coco"))}


def admits(name, score, box=WHOLE, *, likely, scene=DOG, animal=0.9):
    view = recognise.View(likely, animal, scene, 100 * 100, recognise.COLOR)
    return view.admits(Located(KINDS[name], score, box))


def test_a_thing_that_the_whole_picture_looks_like_needs_a_lower_score():
    assert admits("dog", 0.55, likely={"dog": 0.9})
    assert not admits("dog", 0.55, likely={"dog": 0.2})
    assert admits("dog", 0.65, likely={"dog": 0.2})


def test_a_thing_is_backed_by_what_stands_for_it_among_the_classes():
    assert admits("boat", 0.55, likely={"ship or boat": 0.5}, animal=0)
    assert not admits("boat", 0.55, likely={"car": 0.5}, animal=0)


def test_an_animal_is_left_out_when_the_picture_shows_another_animal():
    assert not admits("cat", 0.95, CORNER, likely={"dog": 0.9})
    assert admits("cat", 0.8, CORNER, likely={"sofa": 0.9}, animal=0.05)
    assert not admits("cat", 0.7, CORNER, likely={"sofa": 0.9}, animal=0.05)


def test_a_thing_that_fills_a_picture_of_something_else_is_left_out():
    assert not admits("plane", 0.9, likely={"dog": 0.9})
    assert admits("plane", 0.9, likely={"dog": 0.4}, scene=None)
    assert admits("plane", 0.7, CORNER, likely={"dog": 0.9})


def test_a_person_beside_an_animal_is_admitted_and_an_animal_taken_for_one_is_not():
    assert admits("person", 0.8, likely={"dog": 0.9})
    assert not admits("person", 0.65, likely={"dog": 0.9})
    assert admits("person", 0.55, likely={"stage": 0.9}, animal=0.01)


@pytest.mark.parametrize("module", [recognise, classes, objects, vocabulary, network])
def test_the_examples_in_the_docstrings_run(module):
    assert doctest.testmod(module).failed == 0
