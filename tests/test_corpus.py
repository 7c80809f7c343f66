"""Every awkward file from `load` to `prepare`, the large ones made by formula."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from awkward import AWKWARD, GOOD_PNG, MB, SIZE, outcome
from PIL import Image

from vlm_notebook.images.fit import pixels
from vlm_notebook.images.prepare import prepare

ROWS = json.loads((AWKWARD / "manifest.json").read_text("utf-8"))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth=8, color=0, extra=b"", rows=None):
    """Make a PNG of `rows`, or of black ones packed without unpacking a second one."""
    row_bytes = 1 + (width * depth * {0: 1, 2: 3}[color] + 7) // 8
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for row in rows or [bytes(row_bytes)] * height)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed + packer.flush())
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def quarters():
    """Return the rows of the picture that most of the corpus shows."""
    data = Image.open(io.BytesIO(GOOD_PNG.read_bytes())).convert("RGB").tobytes()
    return [b"\0" + data[at : at + 288] for at in range(0, len(data), 288)]


def gif_of_frames(count):
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return head + frame * count + b";"


def tiff_of_pages(count):
    """Make pages of one white pixel, all of them the same one."""
    tags = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1)]
    body = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", t, 4, 1, v) for t, v in tags
    )
    step = len(body) + 4
    nexts = [10 + step * (page + 1) for page in range(count - 1)] + [0]
    pages = b"".join(body + struct.pack("<I", at) for at in nexts)
    return b"II*\0" + struct.pack("<I", 10) + b"\xff\0" + pages


def noisy_jpeg():
    noise = np.random.default_rng(1).integers(0, 256, (640, 960, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=60)
    return file.getvalue()


def with_frame_size(jpeg, width, height):
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def bomb():
    return zlib.compress(bytes(100 * MB), 1)


def scan_corrupt():
    data = bytearray(noisy_jpeg())
    for at in range(2000, len(data) - 100, len(data) // 40):
        data[at] = 0x55
    return bytes(data)


TEXTS = b"".join(chunk(b"tEXt", b"Comment\0number %d" % number) for number in range(10_000))
MADE = {
    "a gif of 100,000 frames": (lambda: gif_of_frames(100_000), (1, 1)),
    "a tiff of 20,000 pages": (lambda: tiff_of_pages(20_000), (1, 1)),
    "64 million grey pixels": (lambda: png(8000, 8000), (8000, 8000)),
    "10,000 texts": (lambda: png(*SIZE, 8, 2, TEXTS, quarters()), SIZE),
    "noise in the scan": (scan_corrupt, (960, 640)),
    "110 million pixels": (lambda: png(10_500, 10_500, 1), None),
    "2,500 million pixels": (lambda: png(50_000, 50_000, 1, rows=[bytes(6251)]), None),
    "200 million pixels": (lambda: with_frame_size(noisy_jpeg(), 16_320, 12_240), None),
    "a text of 100 MB": (
        lambda: png(*SIZE, 8, 2, chunk(b"zTXt", b"Comment\0\0" + bomb()), quarters()),
        SIZE,
    ),
    "a profile of 100 MB": (
        lambda: png(*SIZE, 8, 2, chunk(b"iCCP", b"ICC\0\0" + bomb()), quarters()),
        SIZE,
    ),
    "half a jpeg": (lambda: noisy_jpeg()[: len(noisy_jpeg()) // 2], None),
    "a jpeg without its last 100 bytes": (lambda: noisy_jpeg()[:-100], None),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["kind"])
def test_an_awkward_file_is_prepared_right_or_refused_by_name(row, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)  # with it, a PDF's page is a picture
    source, message, nbytes = outcome(AWKWARD / row["file"])
    if source is None:
        assert row["expect"] == "reject" or row.get("either_ok")
        assert row["file"] in message
        assert nbytes < 60 * MB
        return
    assert row["expect"] == "accept" or row.get("either_ok")
    if "size" in row:
        assert list(source.size) == row["size"]
    seen, sent = pixels(source), prepare(source).to_pil()
    for x, y, *wanted, tolerance in row.get("probes", []):
        for image in (seen, sent)[: 1 + (seen.size == sent.size)]:
            assert max(abs(a - b) for a, b in zip(image.getpixel((x, y)), wanted, strict=True)) <= (
                tolerance
            )


@pytest.mark.parametrize("name", MADE)
def test_a_large_awkward_file_costs_little(name):
    make, size = MADE[name]
    data = make()
    source, message, nbytes = outcome(data)
    assert (source and source.size) == size, message
    assert nbytes < (400 if size else 60) * MB


MEASURE = """
import sys
import vlm_notebook as vlm
from PIL import Image

def high_water():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

vlm.prepare(Image.effect_noise((64, 48), 30).convert("RGB"))
source = vlm.load(sys.argv[1])
before = high_water()
vlm.prepare(source)
print((high_water() - before) / 1000)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the memory used")
@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_a_photograph_of_48_megapixels_is_never_decoded_in_full(kind, tmp_path):
    small = Image.effect_noise((800, 600), 30).convert("RGB")
    options = {"save_all": True, "append_images": [small]} if kind == "MPO" else {}
    small.resize((8000, 6000)).save(tmp_path / "photo.jpg", kind, **options)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "photo.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 30  # in full it is 144
