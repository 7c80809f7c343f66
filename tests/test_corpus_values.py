"""Every awkward value from `load` to `prepare`."""

from __future__ import annotations

import io
import os

import matplotlib.pyplot as plt
import numpy as np
import pytest
from awkward import AWKWARD, GOOD_PNG, MB, SIZE, outcome
from PIL import Image

from vlm_notebook.errors import ImageError
from vlm_notebook.images.source import load


def at_its_end(data):
    stream = io.BytesIO(data)
    stream.seek(0, 2)
    return stream


def of_closed_file(name):
    with (AWKWARD / name).open("rb") as file:
        return Image.open(file)


VALUES = {
    "grey plane": (lambda: np.zeros((64, 96, 1), np.uint8), SIZE),
    "grey and alpha": (lambda: np.zeros((64, 96, 2), np.uint8), SIZE),
    "colours": (lambda: np.zeros((64, 96, 3), np.uint8), SIZE),
    "colours and alpha": (lambda: np.zeros((64, 96, 4), np.uint8), SIZE),
    "3 by 3 by 3": (lambda: np.zeros((3, 3, 3), np.uint8), (3, 3)),
    "infinite": (lambda: np.array([[np.inf, 1.0], [0.0, 1.0]]), (2, 2)),
    "bool": (lambda: np.zeros((64, 96), bool), SIZE),
    "all 300": (lambda: np.full((64, 96), 300, np.int64), SIZE),
    "uint16": (lambda: np.zeros((64, 96), np.uint16), SIZE),
    "float16": (lambda: np.zeros((64, 96), np.float16), SIZE),
    "big-endian": (lambda: np.zeros((64, 96), ">u2"), SIZE),
    "complex": (lambda: np.zeros((64, 96), complex), None),
    "objects": (lambda: np.zeros((64, 96), object), None),
    "no rows": (lambda: np.zeros((0, 96, 3), np.uint8), None),
    "no dimension": (lambda: np.array(5), None),
    "one dimension": (lambda: np.zeros(96), None),
    "7 channels": (lambda: np.zeros((64, 96, 7), np.uint8), None),
    "10 GB in one byte": (
        lambda: np.lib.stride_tricks.as_strided(
            np.zeros(1, np.uint8), (60_000, 60_000, 3), (0, 0, 0)
        ),
        None,
    ),
    "stream": (lambda: io.BytesIO(GOOD_PNG.read_bytes()), SIZE),
    "stream at its end": (lambda: at_its_end(GOOD_PNG.read_bytes()), SIZE),
    "text stream": (lambda: io.StringIO("x"), None),
    "bytes": (GOOD_PNG.read_bytes, SIZE),
    "bytearray": (lambda: bytearray(GOOD_PNG.read_bytes()), SIZE),
    "memoryview": (lambda: memoryview(GOOD_PNG.read_bytes()), SIZE),
    "no bytes": (lambda: b"", None),
    "path in bytes": (lambda: os.fsencode(GOOD_PNG), SIZE),
    "empty path": (lambda: "", None),
    "blank path": (lambda: " ", None),
    "NUL in a path": (lambda: "a\x00b.png", None),
    "Windows path": (lambda: "C:\\x\\y.png", None),
    "None": (lambda: None, None),
    "number": (lambda: 5, None),
    "dict": (lambda: {"a": 1}, None),
    "empty generator": (lambda: (x for x in []), None),
    "PIL image": (lambda: Image.open(io.BytesIO(GOOD_PNG.read_bytes())), SIZE),
    "PIL image of a closed file": (lambda: of_closed_file("ok_rgb.jpg"), None),
    "LAB": (lambda: Image.new("LAB", (5, 5)), (5, 5)),
    "YCbCr": (lambda: Image.new("YCbCr", (5, 5)), (5, 5)),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_a_picture_or_refused(name):
    make, size = VALUES[name]
    source, message, nbytes = outcome(make())
    assert (source and source.size) == size, message
    assert nbytes < 60 * MB


def test_a_figure_over_the_limit_is_refused_before_it_is_drawn(monkeypatch):
    figure = plt.figure(figsize=(2000, 2000))
    monkeypatch.setattr(figure, "savefig", lambda *_, **__: pytest.fail("it was drawn"))
    with pytest.raises(ImageError, match="200000 x 200000"):
        load(figure)
    plt.close(figure)
