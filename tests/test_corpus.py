"""Every awkward file, name and value from `load` to `prepare`, the large ones made by formula."""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from vlm_notebook.errors import ImageError
from vlm_notebook.images.fit import pixels
from vlm_notebook.images.prepare import prepare
from vlm_notebook.images.source import load

AWKWARD = Path(__file__).parent / "data" / "awkward"
ROWS = json.loads((AWKWARD / "manifest.json").read_text("utf-8"))
GOOD_PNG = AWKWARD / "ok_rgb.png"
SIZE = (96, 64)
MB = 1_000_000


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


def outcome(picture):
    """Return the source, or the error's one line, and the bytes that Python objects took."""
    tracemalloc.start()
    try:
        source = load(picture)
        prepare(source)
    except ImageError as error:
        return None, str(error), tracemalloc.get_traced_memory()[1]
    else:
        return source, "", tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


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


NAMES = [
    *("with space.png", "naïve_Ünïcödé_図.png", "emoji 🎉👩\u200d🔬.png", "rtl_\u202egnp.exe.png"),
    *("percent%20%2e%2e.png", "-dash-first.png", "[glob]{a,b}.png", "dollar$(id)`id`.png"),
    *(
        "new\nline.png",
        'double"quote.png',
        "<img src=x onerror=alert(1)>.png",
        "question?star*.png",
    ),
    *("back\\slash.png", "trailing dot..png", " leading space.png", "latin1_\udce9.png"),
    f"very_long_{'n' * 235}.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_a_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(GOOD_PNG.read_bytes())
    for spelling in (name, Path(name), tmp_path / name, os.fsencode(name)):
        source = load(spelling)
        assert source.size == SIZE
        assert len(source.origin) <= 100
        source.origin.encode()


def test_a_picture_of_a_name_with_a_line_break_is_refused_in_one_line(tmp_path):
    (tmp_path / "new\nline.png").write_bytes(b"text")
    with pytest.raises(ImageError) as caught:
        load(tmp_path / "new\nline.png")
    assert "\n" not in str(caught.value)


@pytest.fixture
def no_opening(monkeypatch):
    def refuse(self, *_, **__):
        raise AssertionError(self)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)


def special(folder, kind):
    path = folder / f"{kind}.png"
    if kind == "directory":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to("nowhere.png")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(str(path))
    else:
        with path.open("wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.truncate(20 << 30)
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("directory", "is a directory"),
        ("loop", "symbolic link"),
        ("dangling", "there is no file"),
        ("device", "not a regular file"),
        ("fifo", "not a regular file"),
        ("socket", "not a regular file"),
        ("sparse", "over the limit of 200 MB"),
    ],
)
def test_what_is_no_file_or_too_large_is_never_opened(kind, words, tmp_path, request):
    path = special(tmp_path, kind)
    request.getfixturevalue("no_opening")
    for spelling in (path, str(path)):
        with pytest.raises(ImageError, match=words):
            load(spelling)


def test_a_link_to_a_text_is_refused_as_text(tmp_path):
    (tmp_path / "secret.txt").write_text("a host's name", "utf-8")
    (tmp_path / "outside.png").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ImageError, match="is text") as caught:
        load(tmp_path / "outside.png")
    assert "host" not in str(caught.value)


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
