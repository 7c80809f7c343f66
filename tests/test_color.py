from __future__ import annotations

import pytest
from PIL import Image, ImageCms

from vlm_notebook.images import color

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def off(pixel, wanted):
    return max(abs(a - b) for a, b in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    ("mode", "value", "wanted"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 0), (255, 255, 255)),
        ("LA", (0, 128), (127, 127, 127)),
        ("La", (0, 0), (255, 255, 255)),
        ("P", 0, (0, 0, 0)),
        ("PA", (0, 0), (255, 255, 255)),
        ("RGB", (1, 2, 3), (1, 2, 3)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("RGBa", (0, 0, 0, 0), (255, 255, 255)),
        ("RGBX", (9, 8, 7, 0), (9, 8, 7)),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
        ("YCbCr", (255, 128, 128), (255, 255, 255)),
        ("HSV", (0, 255, 255), (255, 0, 0)),
        ("LAB", (255, 128, 128), (255, 255, 255)),
        ("I", 65535, (255, 255, 255)),
        ("I;16", 65535, (255, 255, 255)),
        ("F", 0.5, (128, 128, 128)),
    ],
)
def test_every_mode_becomes_rgb_on_white(mode, value, wanted):
    image = color.to_rgb(Image.new(mode, (3, 2), value))
    assert image.mode == "RGB"
    assert off(image.getpixel((2, 1)), wanted) <= 1


def test_the_background_can_be_another_colour():
    clear = Image.new("RGBA", (1, 1), (255, 0, 0, 0))
    assert color.to_rgb(clear, (1, 2, 3)).getpixel((0, 0)) == (1, 2, 3)


def test_a_palette_with_alpha_of_its_own_lies_on_white():
    quantized = Image.new("RGBA", (8, 8), (255, 0, 0, 0)).quantize()
    assert quantized.mode == "P"
    assert color.is_transparent(quantized)
    assert color.to_rgb(quantized).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "RGB", "L", "P", "F", "I;16"])
def test_a_picture_whose_pixels_are_all_opaque_is_not_transparent(mode):
    assert not color.is_transparent(Image.new("L", (2, 2), 9).convert(mode))


def test_a_profile_is_applied_once():
    image = Image.new("RGB", (2, 2), (10, 200, 30))
    image.info["icc_profile"] = SRGB
    done = color.to_srgb(image)
    assert done is not image
    assert color.to_srgb(done) is done
    assert off(done.getpixel((0, 0)), (10, 200, 30)) <= 1


@pytest.mark.parametrize("profile", [b"", b"no profile", SRGB[:100]], ids=["none", "text", "cut"])
def test_a_profile_that_is_none_changes_nothing(profile):
    image = Image.new("RGB", (2, 2), (10, 200, 30))
    image.info["icc_profile"] = profile
    assert color.to_srgb(image) is image


def test_an_alpha_channel_survives_a_profile_it_is_not_in():
    gray = Image.new("LA", (2, 2), (100, 7))
    gray.info["icc_profile"] = SRGB  # of another colour space, so it is ignored
    assert color.to_srgb(gray) is gray
    red = Image.new("RGBA", (2, 2), (255, 0, 0, 7))
    red.info["icc_profile"] = SRGB
    assert color.to_srgb(red).getpixel((1, 1))[3] == 7


def test_what_is_transparent_by_its_colour_lies_on_the_background():
    deep = Image.new("I;16", (2, 1), 5000)
    deep.putpixel((0, 0), 60000)
    deep.info["transparency"] = 60000
    assert color.is_transparent(deep)
    assert color.to_rgb(deep, (1, 2, 3)).getpixel((0, 0)) == (1, 2, 3)
