from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image

from vlm_notebook.images import color, shrink

RAMP = np.add.outer(np.arange(1500), np.arange(2000)) / 3498


def of_mode(mode):
    gray = Image.fromarray((RAMP * 255).round().astype("uint8"))
    if mode == "I;16":
        return Image.fromarray((RAMP * 65_535).astype("uint16"))
    if mode == "F":
        return Image.fromarray(RAMP.astype("float32"))
    if mode == "RGBA":
        return Image.merge("RGBA", [gray, gray, gray, Image.new("L", gray.size, 200)])
    return gray.quantize(256) if mode == "P" else gray.convert(mode)


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "I;16", "F", "RGB", "L", "CMYK"])
@pytest.mark.parametrize("target", [(2000, 1500), (1999, 1499), (501, 377), (97, 73), (20, 15)])
@pytest.mark.parametrize("exact", [False, True])
def test_bands_give_what_the_whole_gives(mode, target, exact):
    image = of_mode(mode)
    assert image.width * image.height > shrink.BAND_PIXELS
    ends = shrink.gray_ends(image)
    small = shrink.shrunk(image, target, ends=ends, exact=exact)
    wanted = color.plain(image).resize(target, Image.Resampling.LANCZOS)
    assert small.size == target
    assert small.mode == wanted.mode
    far = np.abs(np.asarray(small, "int16") - np.asarray(wanted, "int16"))
    assert far.max() <= 6


def test_the_ends_of_greys_are_those_of_the_whole_picture():
    values = np.zeros((1500, 2000), "float32")
    values[1499, 1999], values[0, 0] = 3.0, np.nan
    assert shrink.gray_ends(Image.fromarray(values)) == (0.0, 255.0)
    values[700, 700] = -5
    assert shrink.gray_ends(Image.fromarray(values)) == (-5.0, 3.0)
    assert shrink.gray_ends(Image.new("L", (2, 2))) is None


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("size", [(64, 48), (3, 3), (2, 5), (1, 1)])
def test_sharpening_gives_the_same_with_and_without_numpy(mode, size, monkeypatch):
    values = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 4), "uint8")
    image = Image.fromarray(values, "CMYK" if mode == "CMYK" else "RGBX").convert(mode)
    fast = shrink.sharpened(image)
    monkeypatch.delitem(sys.modules, "numpy")
    plain = shrink.sharpened(image)
    assert (fast.mode, fast.size) == (mode, size)
    assert fast.tobytes() == plain.tobytes()


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("target", [(500, 375), (600, 450), (900, 675)])
def test_what_the_decoder_has_shrunk_most_of_the_way_comes_close_to_lanczos(target, exact):
    photo = Image.fromarray((RAMP * 255).round().astype("uint8")).convert("RGB")
    drafted = photo.reduce(2)
    small = shrink.from_draft(drafted, target, averaged=2, exact=exact)
    wanted = photo.resize(target, Image.Resampling.LANCZOS)
    far = np.abs(np.asarray(small, "int16") - np.asarray(wanted, "int16"))
    assert small.size == target
    assert far.max() <= 3
