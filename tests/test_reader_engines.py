from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from vlm_notebook.offline import reader_engines


@pytest.fixture
def fresh(monkeypatch):
    """Begin as a process does in which nothing is loaded yet."""
    monkeypatch.setattr(reader_engines, "_loaded", {})
    return monkeypatch


def test_where_nothing_is_installed_there_is_no_engine(fresh, tmp_path):
    fresh.setitem(sys.modules, "faster_paddle", None)
    fresh.setitem(sys.modules, "rapidocr", None)
    fresh.setenv("PATH", str(tmp_path))
    assert reader_engines.engine() is None


def test_tesseract_comes_last(fresh, tmp_path):
    fresh.setitem(sys.modules, "faster_paddle", None)
    fresh.setitem(sys.modules, "rapidocr", None)
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho chi_sim\n", encoding="utf-8")
    program.chmod(0o755)
    fresh.setenv("PATH", str(tmp_path))
    assert reader_engines.engine().name == "tesseract"


def held_models():
    return [value for value in reader_engines._loaded.values() if type(value) is tuple]


def test_an_engine_is_loaded_once_however_many_threads_ask(fresh):
    pytest.importorskip("faster_paddle")
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: reader_engines.engine(), range(8)))
    assert engines[0].name == "faster-paddle"
    assert all(engine is engines[0] for engine in engines)
    assert [size for size, _ in held_models()] == ["tiny"]


def test_the_careful_model_takes_the_place_of_the_quick_one_when_it_is_asked(fresh):
    pytest.importorskip("faster_paddle")
    engine = reader_engines.engine()
    assert engine.find_carefully(Image.new("RGB", (64, 64))) == []
    assert [size for size, _ in held_models()] == ["small"]
    assert engine.find(Image.new("RGB", (64, 64))) == []
    assert [size for size, _ in held_models()] == ["tiny"]


@pytest.mark.parametrize("size", [(320, 200), (90, 40)])
def test_rapidocr_finds_nothing_in_an_empty_picture(fresh, size):
    pytest.importorskip("rapidocr")
    fresh.setitem(sys.modules, "faster_paddle", None)
    engine = reader_engines.engine()
    assert engine.name == "rapidocr"
    assert engine.find(Image.new("RGB", size, "white")) == []
