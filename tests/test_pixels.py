from __future__ import annotations

import io
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.figure import Figure
from PIL import Image

from vlm_notebook.errors import ImageError, PrepareError, SourceError
from vlm_notebook.images.pixels import png_of_array, png_of_figure, png_of_pil


def opened(data):
    return Image.open(io.BytesIO(data))


def refused(make, value):
    """Return the one line with which pixels are refused."""
    with pytest.raises(ImageError) as caught:
        make(value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@given(
    arrays.arrays(
        "uint8",
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 2, 3, 4]))
        | st.tuples(st.integers(1, 9), st.integers(1, 9)),
    )
)
def test_bytes_in_an_array_are_kept_exactly(array):
    flat = array[:, :, 0] if array.shape[2:] == (1,) else array
    assert np.array_equal(np.asarray(opened(png_of_array(array))), flat)


def test_an_array_need_not_be_contiguous():
    array = np.arange(7 * 9 * 3, dtype="uint8").reshape(7, 9, 3)[::-2, ::3, ::-1]
    assert np.array_equal(np.asarray(opened(png_of_array(array))), array)


@pytest.mark.parametrize("kind", ["bool", "f2", "f4", "f8", "u2", ">u2", "i4", "i8", "u8"])
@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 1), (6, 8, 3), (6, 8, 4)])
def test_arrays_of_every_kind_and_shape_become_pictures(kind, shape):
    assert opened(png_of_array(np.zeros(shape, kind))).size == (8, 6)


@pytest.mark.parametrize(
    ("array", "brightest"),
    [
        (np.array([[True, False]]), 255),
        (np.array([[0.0, 0.5]]), 128),
        (np.array([[0, 200]]), 200),
        (np.array([[0, 65535]], "u2"), 255),
        (np.array([[np.inf, 0.5]]), 255),
    ],
)
def test_numbers_become_greys(array, brightest):
    assert opened(png_of_array(array)).getextrema()[1] == brightest


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((6, 8), complex), "complex128 is not a picture"),
        (np.zeros((6, 8), object), "object is not a picture"),
        (np.zeros((6, 8), "U3"), "<U3 is not a picture"),
        (np.zeros((6, 8), "M8[s]"), "is not a picture"),
        (np.zeros((0, 8, 3), "uint8"), "has no pixels (8 x 0)"),
        (np.array(5), "shape () is not a picture"),
        (np.zeros(9), "shape (9,) is not a picture"),
        (np.zeros((6, 8, 7)), "shape (6, 8, 7) is not a picture"),
        (np.zeros((6, 8, 0)), "shape (6, 8, 0) is not a picture"),
        (np.zeros((2, 6, 8, 3)), "shape (2, 6, 8, 3) is not a picture"),
    ],
    ids=lambda value: f"{value.dtype} {value.shape}" if hasattr(value, "dtype") else "",
)
def test_arrays_that_are_no_picture_are_refused(array, words):
    assert words in refused(png_of_array, array)


def test_an_array_that_claims_more_than_it_holds_is_refused_before_it_is_copied():
    one_byte = np.zeros(1, "uint8")
    array = np.lib.stride_tricks.as_strided(one_byte, (60_000, 60_000, 3), (0, 0, 0))
    assert "60000 x 60000" in refused(png_of_array, array)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_modes_that_png_knows_are_kept_exactly(mode):
    image = Image.new(mode, (5, 4), 1)
    copy = opened(png_of_pil(image))
    assert copy.mode == mode
    assert copy.tobytes() == image.tobytes()


@pytest.mark.parametrize(
    "mode", ["F", "I", "I;16B", "CMYK", "YCbCr", "LAB", "HSV", "PA", "La", "RGBa", "RGBX"]
)
def test_modes_that_png_does_not_know_become_rgb(mode):
    assert opened(png_of_pil(Image.new(mode, (5, 4)))).mode in ("RGB", "L")


def test_a_float_image_is_not_clipped():
    image = Image.fromarray(np.array([[0.0, 0.5, 1.0]], "f4"))
    assert np.asarray(opened(png_of_pil(image)))[0, :, 0].tolist() == [0, 128, 255]


def test_an_image_opened_from_a_turned_photograph_is_turned_once():
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(file, "JPEG", exif=exif)
    copy = opened(png_of_pil(Image.open(file)))
    assert copy.size == (20, 30)
    assert not dict(copy.getexif())


def test_the_given_image_is_left_as_it_was():
    image = Image.new("RGBA", (5, 4), (1, 2, 3, 4))
    image.info["comment"] = "mine"
    png_of_pil(image)
    assert (image.mode, image.size, image.info) == ("RGBA", (5, 4), {"comment": "mine"})


def test_an_image_whose_file_was_closed_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (30, 20)).save(path)
    with path.open("rb") as file:
        image = Image.open(file)
    assert "call its .load() before closing the file" in refused(png_of_pil, image)


def test_an_image_with_a_colour_key_that_cannot_be_is_refused_and_not_a_riddle():
    image = Image.new("RGB", (5, 4))
    image.info["transparency"] = "nonsense"
    with pytest.raises((PrepareError, SourceError), match="PIL image"):
        png_of_pil(image)


def test_an_empty_image_is_refused():
    assert refused(png_of_pil, Image.new("RGB", (0, 4))) == "the PIL image has no pixels (0 x 4)"


def test_a_figure_has_the_size_it_was_given():
    figure = Figure(figsize=(3, 2), dpi=40)
    figure.add_subplot().plot([1, 2, 3])
    assert opened(png_of_figure(figure)).size == (120, 80)


def test_the_same_figure_gives_the_same_bytes():
    figure = Figure(figsize=(3, 2), dpi=40)
    figure.add_subplot().plot([1, 2, 3])
    assert png_of_figure(figure) == png_of_figure(figure)


def test_a_huge_figure_is_refused_before_it_is_drawn():
    assert "200000 x 200000" in refused(png_of_figure, Figure(figsize=(2000, 2000), dpi=100))


def test_a_figure_that_cannot_be_drawn_says_why():
    figure = Figure(figsize=(2, 1))
    figure.text(0.5, 0.5, r"$\notacommand{$")
    assert "the figure cannot be drawn" in refused(png_of_figure, figure)


def test_pictures_are_made_on_several_threads_at_once():
    array, made = np.zeros((50, 60, 3), "uint8"), []
    threads = [Thread(target=lambda: made.append(png_of_array(array))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
