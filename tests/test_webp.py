from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vlm_notebook.errors import PrepareError
from vlm_notebook.images import webp
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

SIDE = 3000


def large(mode, **options):
    """Return a WebP that is large enough, coarse noise so that it is quick to pack."""
    noise = np.random.default_rng(1).integers(0, 256, (30, 30, len(mode)), "uint8")
    picture = Image.fromarray(noise.repeat(SIDE // 30, 0).repeat(SIDE // 30, 1))
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True, method=0, quality=0, **options)
    return file.getvalue()


@pytest.fixture(scope="module", params=["RGB", "RGBA"])
def still(request):
    return large(request.param)


def test_a_large_still_has_the_pixels_that_pillow_sees(still):
    wanted = Image.open(io.BytesIO(still)).convert("RGBA")
    ground = Image.new("RGBA", wanted.size, "white")
    assert (
        pixels(load(still)).tobytes()
        == Image.alpha_composite(ground, wanted).convert("RGB").tobytes()
    )


def test_only_what_shows_the_ground_is_said_to_do_so(still):
    transparent = Image.open(io.BytesIO(still)).mode == "RGBA"
    assert ("transparent background made white" in prepare(still).steps) == transparent


def test_a_large_still_that_is_cut_short_is_refused(still):
    with pytest.raises(PrepareError, match="damaged"):
        prepare(still[: len(still) // 2])


def test_a_small_one_is_left_to_pillow():
    file = io.BytesIO()
    Image.new("RGB", (96, 64)).save(file, "WEBP")
    assert webp.loaded(Image.open(file)) is None
    assert webp.loaded(Image.new("RGB", (SIDE, SIDE))) is None


MEASURE = """
import io, sys
import vlm_notebook as vlm
from PIL import Image

def high_water():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

file = io.BytesIO()
Image.new("RGB", (64, 48)).save(file, "WEBP")
vlm.prepare(file.getvalue())
before = high_water()
vlm.prepare(sys.argv[1])
print((high_water() - before) * 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the memory used")
def test_a_large_still_costs_twelve_bytes_a_pixel(tmp_path):
    Image.new("RGB", (4000, 3000), (200, 30, 30)).save(tmp_path / "large.webp", method=0)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "large.webp")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 14 * 4000 * 3000
