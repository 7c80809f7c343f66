from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from PIL import Image, ImageDraw

from vlm_notebook.errors import VlmError
from vlm_notebook.images import samples
from vlm_notebook.offline import network, perception, reader_engines
from vlm_notebook.offline.perception import KEPT, Once, perceive


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(perception, "_remembered", type(perception._remembered)())


def sample(name):
    return samples.path(name).read_bytes()


def encoded(image, file_format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def test_a_photograph_is_measured_and_recognised():
    seen = perceive(sample("cat"))
    assert seen.size == (451, 300)
    assert seen.image.mode == "RGB"
    assert seen.kind == "photo"
    assert any(finding.name == "cat" for finding in seen.findings)
    assert seen.reading.lines == ()
    assert not seen.lacks


def test_things_are_not_looked_for_on_a_page():
    seen = perceive(sample("page"))
    assert seen.kind == "document"
    assert seen.findings == ()


def test_the_same_bytes_are_looked_at_once():
    assert perceive(sample("cat")) is perceive(sample("cat"))


def test_only_the_latest_pictures_are_remembered():
    pictures = [encoded(Image.new("RGB", (9, 9 + n))) for n in range(KEPT + 1)]
    first = perceive(pictures[0])
    for picture in pictures[1:]:
        perceive(picture)
    assert len(perception._remembered) == KEPT
    assert perceive(pictures[0]) is not first


def test_a_picture_that_is_asked_for_again_is_remembered_longer():
    pictures = [encoded(Image.new("RGB", (9, 9 + n))) for n in range(KEPT + 1)]
    first = perceive(pictures[0])
    for picture in pictures[1:-1]:
        perceive(picture)
    perceive(pictures[0])
    perceive(pictures[-1])
    assert perceive(pictures[0]) is first


def test_a_large_picture_is_shrunk_and_keeps_its_size():
    seen = perceive(encoded(Image.new("RGB", (4000, 1000), "navy")))
    assert seen.size == (4000, 1000)
    assert seen.image.size == (2048, 512)
    assert seen.scale == pytest.approx(4000 / 2048)


def test_a_picture_is_turned_as_its_orientation_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    seen = perceive(encoded(Image.new("RGB", (60, 40), "red"), "JPEG", exif=exif))
    assert seen.size == seen.image.size == (40, 60)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>no picture</html>",
        b"%PDF-1.7",
        bytes(range(256)),
        samples.path("cat").read_bytes()[:5000],
        encoded(Image.new("RGB", (64, 64)))[:60],
    ],
)
def test_what_cannot_be_decoded_raises_one_line_each_time(data):
    for _ in range(2):
        with pytest.raises(VlmError) as caught:
            perceive(data)
        assert "\n" not in str(caught.value)
        assert "the picture" in str(caught.value)
    assert not perception._remembered


def test_a_value_asked_for_by_many_threads_is_made_once():
    made = []
    together = Barrier(8)
    part = Once(lambda: made.append(1) or object())

    def get(_):
        together.wait()
        return part.get()

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(get, range(8)))
    assert len(made) == 1
    assert len({id(value) for value in got}) == 1


def test_a_failure_is_tried_again():
    answers = iter([ValueError("busy"), 5])

    def make():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    part = Once(make)
    with pytest.raises(ValueError, match="busy"):
        part.get()
    assert not part.is_made
    assert part.get() == 5


def test_many_threads_see_the_same_picture():
    data = sample("sign")
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(perceive, [data] * 4))
        assert len({id(one) for one in seen}) == 1
        readings = list(pool.map(lambda one: one.reading, seen))
    assert all(reading is readings[0] for reading in readings)


def test_text_on_the_axes_makes_a_chart():
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).rectangle((40, 40, 120, 160), fill="blue")
    assert perceive(encoded(image)).kind == perceive(encoded(image)).scene.kind
    assert perceive(sample("chart")).kind == "chart"


def test_with_the_core_alone_a_picture_is_still_measured(monkeypatch):
    for name in ("onnxruntime", "faster_paddle", "rapidocr"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(reader_engines, "_loaded", {})
    network._session.cache_clear()
    seen = perceive(sample("coffee"))
    assert seen.scene.colors
    assert not seen.lacks
    assert seen.reading.engine is None
    assert seen.findings is None
    assert seen.lacks
