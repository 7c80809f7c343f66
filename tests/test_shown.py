from __future__ import annotations

import base64
import io

import ipywidgets
import matplotlib.pyplot as plt
import pytest
from PIL import Image

from vlm_notebook.errors import ImageError
from vlm_notebook.images.source import load


def saved(kind):
    file = io.BytesIO()
    Image.new("RGB", (96, 64), (200, 30, 30)).save(file, kind)
    return file.getvalue()


PNG, JPEG = saved("PNG"), saved("JPEG")
TEXT = base64.encodebytes(PNG).decode()


def shows(**methods):
    """Return an object whose methods give what is named."""
    return type(
        "Plot", (), {name: lambda _, value=value: value for name, value in methods.items()}
    )()


@pytest.mark.parametrize(
    "image",
    [
        shows(_repr_png_=PNG),
        shows(_repr_png_=TEXT),
        shows(_repr_png_=(PNG, {"width": 5})),
        shows(_repr_png_=(TEXT, {})),
        shows(_repr_png_=None, _repr_jpeg_=JPEG),
        shows(_repr_mimebundle_={"text/plain": "plot", "image/png": TEXT}),
        shows(_repr_mimebundle_=({"image/jpeg": JPEG}, {})),
        ipywidgets.Image(value=PNG),
    ],
    ids=["bytes", "base64", "pair", "base64 pair", "jpeg", "bundle", "bundle pair", "widget"],
)
def test_what_a_notebook_shows_of_an_object_is_taken(image):
    assert load(image).size == (96, 64)


class Failing:
    def _repr_png_(self):
        raise ValueError("no backend\nat all")


class Secretive:
    def __getattr__(self, name):
        raise RuntimeError(name)


class Ambiguous:
    class data:  # noqa: N801 - an attribute
        def __bool__(self):
            raise ValueError("the truth is ambiguous")


@pytest.mark.parametrize(
    "image",
    [
        *(Failing(), Secretive(), Ambiguous(), Failing),
        *(shows(_repr_png_=answer) for answer in (None, 5, b"", b"text", "no base64", ())),
        *(shows(_repr_mimebundle_=answer) for answer in (None, {}, (), {"image/png": 5})),
        ipywidgets.FileUpload(),
    ],
    ids=lambda image: type(image).__name__,
)
def test_an_object_that_shows_no_picture_is_refused_in_one_line(image):
    with pytest.raises(ImageError) as caught:
        load(image)
    assert "\n" not in str(caught.value)


def test_an_axes_means_the_figure_it_is_in():
    figure = plt.figure(figsize=(2, 1), dpi=100)
    part = figure.subfigures(1, 2)[0]
    for image in (figure, part, part.subplots()):
        assert load(image).size == (200, 100)
    plt.close(figure)
