import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

import vlm_notebook as vlm
from vlm_notebook.detail import HIGH, LOW, Limits
from vlm_notebook.errors import ImageError
from vlm_notebook.images.decode import turned
from vlm_notebook.images.fit import Wish, fitted, fitted_size, pixels
from vlm_notebook.images.region import crop, scaled, stored
from vlm_notebook.images.source import load

CAT = vlm.samples.path("cat")


def picture(width, height):
    """Return pixels that differ everywhere, smooth enough for JPEG."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) % 256 // 8 * 8], -1).astype(
        "uint8"
    )


def jpeg(array, orientation=1):
    image, buffer = Image.fromarray(array), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


def test_a_region_is_a_picture_of_its_own_that_knows_where_it_lies():
    whole = load(CAT)
    part = crop(whole, (120, 80, 340, 280))
    assert (part.box, part.size) == ((120, 80, 340, 280), (220, 200))
    assert part.origin == "cat.jpg, region 120,80-340,280"
    assert (part.path, part.format) == (whole.path, "JPEG")
    assert part.data is whole.data
    assert whole.box is None


def test_a_region_differs_from_its_original_and_is_equal_to_the_same_region():
    part, again = crop(CAT, (0, 0, 100, 100)), crop(CAT, (0, 0, 100, 100))
    assert part == again
    assert hash(part) == hash(again)
    assert part.sha256 == again.sha256
    assert len({part.sha256, load(CAT).sha256, crop(CAT, (0, 0, 100, 99)).sha256}) == 3
    assert len({part, load(CAT)}) == 2


def test_it_is_prepared_as_those_pixels_and_says_so():
    array = picture(300, 200)
    part = vlm.prepare(crop(array, (30, 20, 130, 120)))
    assert part.size == part.original_size == (100, 100)
    assert part.origin == "the array, region 30,20-130,120"
    assert part.steps[0] == "region 30,20-130,120 of 300x200"
    lossless = pixels(crop(array, (30, 20, 130, 120)))
    assert np.array_equal(np.asarray(lossless), array[20:120, 30:130])


def test_a_plain_file_never_goes_through_whole_for_a_region_of_it():
    buffer = io.BytesIO()
    Image.fromarray(picture(64, 48)).save(buffer, "PNG")
    assert vlm.prepare(buffer.getvalue()).steps[0].startswith("untouched")
    assert vlm.prepare(crop(buffer.getvalue(), (0, 0, 32, 48))).size == (32, 48)


def test_the_address_of_the_whole_does_not_go_along():
    source = replace(load(CAT), url="https://pictures.example/cat.jpg")
    assert crop(source, (0, 0, 50, 50)).url == source.url
    assert vlm.prepare(crop(source, (0, 0, 50, 50))).url is None


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("limits", [LOW, HIGH, Limits(4000), Limits(300, step_px=28)])
def test_boxes_count_upright_pixels_however_the_file_stores_them(orientation, limits):
    data = jpeg(picture(1600, 1200), orientation)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    box = (250, 130, 1050, 1090)
    part = crop(data, box)
    got = fitted(part, Wish(limits)).image
    assert got.size == fitted_size(part, Wish(limits))
    wanted = upright.crop(box).resize(got.size, Image.Resampling.BICUBIC)
    apart = np.abs(np.asarray(got, int) - np.asarray(wanted, int))
    assert apart.mean() < 4


@given(st.integers(1, 8), st.data())
def test_a_box_is_found_again_among_the_stored_pixels(orientation, data):
    width, height = data.draw(st.integers(2, 9)), data.draw(st.integers(2, 9))
    kept = Image.fromarray(np.arange(width * height, dtype="uint8").reshape(height, width))
    upright = turned(kept, orientation)
    left, top = (data.draw(st.integers(0, side - 1)) for side in upright.size)
    box = (left, top, data.draw(st.integers(left + 1, upright.width)), upright.height)
    there = kept.crop(stored(box, upright.size, orientation))
    assert np.array_equal(turned(there, orientation), upright.crop(box))


@given(st.integers(1, 500), st.integers(1, 8))
def test_a_scaled_box_holds_all_of_the_region_and_stays_inside(side, factor):
    small = (-(-side // factor),) * 2
    for box in ((0, 0, side, side), (side // 2, side // 3, side, side)):
        left, top, right, bottom = scaled(box, (side, side), small)
        assert 0 <= left < right <= small[0]
        assert 0 <= top < bottom <= small[1]
        assert left * side <= box[0] * small[0]
        assert top * side <= box[1] * small[1]


def test_a_margin_is_a_share_of_the_longer_side_and_ends_at_the_picture():
    assert crop(picture(400, 300), (100, 100, 200, 150), margin=0.5).box == (50, 50, 250, 200)
    assert crop(picture(400, 300), (10, 100, 390, 150), margin=1).box == (0, 0, 400, 300)


def test_what_reaches_beyond_the_picture_is_left_out_and_fractions_count_as_whole():
    assert crop(picture(400, 300), (-20, -1, 30.2, 40)).box == (0, 0, 31, 40)
    assert crop(picture(400, 300), (390.9, 290, 1000, 1000)).box == (390, 290, 400, 300)


def test_a_region_of_a_region_lies_in_the_same_original():
    inner = crop(crop(CAT, (100, 50, 300, 250)), (10, 20, 110, 120))
    assert inner == crop(CAT, (110, 70, 210, 170))


def test_a_region_of_another_frame_is_the_same_region():
    frames = [Image.fromarray(picture(40, 30)), Image.new("RGB", (40, 30), "red")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])
    part = crop(buffer.getvalue(), (0, 0, 10, 20)).at(1)
    assert (part.size, part.box, part.frame) == ((10, 20), (0, 0, 10, 20), 1)
    assert pixels(part).getpixel((5, 5)) == (255, 0, 0)
    small = Image.new("RGB", (8, 8))
    frames[0].save(buffer := io.BytesIO(), "TIFF", save_all=True, append_images=[small])
    with pytest.raises(ImageError, match="crop that frame"):
        crop(buffer.getvalue(), (0, 0, 10, 20)).at(1)


@pytest.mark.parametrize(
    "box",
    [
        (10, 10, 10, 20),
        (20, 10, 10, 30),
        (0.1, 0.1, 0.5, 0.5),
        (0, 0, float("nan"), 10),
        (0, 0, 10),
        (0, 0, 10, 10, 10),
        "abcd",
        7,
        None,
        (0, 0, 10**400, 3),
        (500, 0, 600, 100),
        (-50, -50, 0, 0),
    ],
)
def test_a_bad_box_is_one_line_that_names_the_picture(box):
    with pytest.raises(ImageError) as caught:
        crop(picture(400, 300), box)
    assert "the array" in str(caught.value)
    assert "400 x 300" in str(caught.value)


@pytest.mark.parametrize("margin", [-0.1, float("inf"), float("nan")])
def test_a_bad_margin_is_said(margin):
    with pytest.raises(ImageError, match="margin"):
        crop(picture(400, 300), (0, 0, 10, 10), margin=margin)
