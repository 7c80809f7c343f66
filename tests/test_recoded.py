from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.recoded import as_jpeg


def drawn(size=(400, 300)):
    image = Image.new("RGB", size, "white")
    image.paste("red", (50, 50, 150, 150))
    return prepare(image)


def test_a_png_becomes_a_jpeg_with_the_same_pixels():
    before = drawn()
    after = as_jpeg(before)
    assert (before.media_type, after.media_type) == ("image/png", "image/jpeg")
    assert after.data.startswith(b"\xff\xd8")
    assert after.size == before.size == after.to_pil().size
    pixels = [np.asarray(image.to_pil(), dtype=int) for image in (before, after)]
    assert np.abs(pixels[0] - pixels[1]).mean() < 1


def test_what_was_done_is_said_and_the_hash_is_of_the_new_bytes():
    before = drawn()
    after = as_jpeg(before)
    assert after.steps == (*before.steps, "JPEG of quality 95 instead")
    assert after.sha256 != before.sha256
    assert (after.origin, after.url) == (before.origin, before.url)


def test_a_jpeg_stays_as_it_is():
    before = prepare(Image.effect_noise((200, 200), 80))
    assert before.media_type == "image/jpeg"
    assert as_jpeg(before) is before


@pytest.mark.parametrize("max_bytes", [6_000, 4_500])
def test_the_quality_falls_until_the_budget_is_kept(max_bytes):
    smaller = as_jpeg(drawn((900, 700)), max_bytes=max_bytes)
    assert smaller.nbytes <= max_bytes or "45" in smaller.steps[-1]
