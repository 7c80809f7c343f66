"""The networks that ship with the package."""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from vlm_notebook.errors import ModelError
from vlm_notebook.offline import network

SUMS = (network.FOLDER / "SHA256SUMS").read_text(encoding="utf-8")
SHAPES = {"classes": (3, 224, 224), "objects": (3, 416, 416)}


@pytest.fixture
def unloaded():
    network._session.cache_clear()
    yield
    network._session.cache_clear()


@pytest.mark.parametrize("line", SUMS.splitlines())
def test_the_weights_are_those_that_were_checked(line):
    digest, _, file = line.partition("  ")
    assert hashlib.sha256((network.FOLDER / file).read_bytes()).hexdigest() == digest


def test_every_weights_file_has_a_checksum_and_a_notice():
    files = {file.name for file in network.FOLDER.glob("*.onnx")}
    notice = (network.FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    assert files == {line.split()[1] for line in SUMS.splitlines()}
    assert files == {line[3:] for line in notice.splitlines() if line.startswith("## ")}
    assert (network.FOLDER / "LICENSE-APACHE-2.0.txt").exists()


@pytest.mark.parametrize("name", SHAPES)
def test_a_network_says_the_same_about_the_same_pixels(name):
    pixels = np.random.default_rng(1).normal(size=SHAPES[name]).astype(np.float32)
    for first, second in zip(network.run(name, pixels), network.run(name, pixels), strict=True):
        assert np.isfinite(first).all()
        assert (first == second).all()


@pytest.mark.usefixtures("unloaded")
def test_threads_that_start_together_load_a_network_once():
    pixels = np.zeros(SHAPES["classes"], np.float32)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: network.run("classes", pixels)[0], range(8)))
    assert network._session.cache_info().misses == 1
    assert all((answer == answers[0]).all() for answer in answers)


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize("content", [None, b"", b"version https://git-lfs.github.com/spec/v1\n"])
def test_missing_and_damaged_weights_are_told_in_one_line(monkeypatch, tmp_path, content):
    if content is not None:
        (tmp_path / "classes.onnx").write_bytes(content)
    monkeypatch.setattr(network, "FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"classes\.onnx cannot be loaded: reinstall") as caught:
        network.run("classes", np.zeros(SHAPES["classes"], np.float32))
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("unloaded")
def test_without_onnxruntime_the_import_error_reaches_the_caller(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ImportError):
        network.run("classes", np.zeros(SHAPES["classes"], np.float32))
