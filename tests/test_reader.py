from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vlm_notebook.errors import ModelError
from vlm_notebook.offline import reader_engines
from vlm_notebook.offline.reader import Line, Reading, read

DATA = Path(__file__).parent / "data"
PAGE = [
    "The harbour was quiet when the first boats",
    "came in from the morning fishing. Gulls turned",
    "over the quay, and two men in blue jackets",
    "began to unload crates of mackerel and crab.",
]
RECEIPT = [("Coffee", "3.50"), ("Oat milk", "0.60"), ("Orange juice", "3.90"), ("Total", "8.00")]


@pytest.fixture(autouse=True, scope="module")
def _engine():
    engine = reader_engines.engine()
    if engine is None or engine.name == "tesseract":
        pytest.skip("no reader is installed that reads signs and small print")


def font(size, name="DejaVuSans"):
    return ImageFont.truetype(f"{mpl.get_data_path()}/fonts/ttf/{name}.ttf", size)


def page(lines, *, size=22, width=700, left=20, paper="white", ink="black"):
    image = Image.new("RGB", (width, int(size * (1.5 * len(lines) + 1))), paper)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((left, size * (0.5 + 1.5 * row)), line, font=font(size), fill=ink)
    return image


def receipt():
    image = page([item for item, _ in RECEIPT], width=460)
    image.paste(page([price for _, price in RECEIPT], width=100), (360, 0))
    return image


def noise(width, height, *, seed=0, depth=3):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, depth), dtype=np.uint8)
    return Image.fromarray(values.squeeze())


def stripes(width, height, period):
    columns = (np.arange(width) // period % 2 * 255).astype(np.uint8)
    return Image.fromarray(np.tile(columns, (height, 1)))


def test_a_page_is_read_line_by_line():
    assert read(page(PAGE)).text.replace(".", "") == "\n".join(PAGE).replace(".", "")


def test_light_text_on_dark_and_faint_text_on_grey_are_read():
    for paper, ink in (("#1e1e1e", "#d4d4d4"), ("#d8d8d8", "#a4a4a4")):
        assert read(page(PAGE[:2], paper=paper, ink=ink)).text == "\n".join(PAGE[:2])


def test_text_of_12_pixels_in_a_picture_of_200_is_read():
    lines = ["Open daily 9 to 5", "Closed on Mondays"]
    assert read(page(lines, size=12, width=200)).text == "\n".join(lines)


@pytest.mark.parametrize("degrees", [0, 3, -3])
def test_a_receipt_keeps_each_price_on_the_row_of_its_item(degrees):
    photo = receipt().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    assert read(photo).text == "\n".join(f"{item}    {price}" for item, price in RECEIPT)


def test_two_columns_are_read_one_after_the_other():
    left = [
        "Wheat is sown in autumn and",
        "harvested in late summer and",
        "baled and kept dry all winter",
    ]
    right = [
        "Barley needs less water and",
        "ripens three weeks earlier so",
        "it is malted or fed to cattle",
    ]
    image = page(left, size=20, width=800)
    image.paste(page(right, size=20, width=400), (400, 0))
    assert read(image).text == "\n".join(left + right)


def test_a_chinese_receipt_is_read_in_rows():
    rows = ["街角咖啡馆", "拿铁咖啡    28.00", "牛角面包    15.50", "合计    43.50"]
    assert read(Image.open(DATA / "receipt_chinese.png")).text == "\n".join(rows)


def test_rare_chinese_characters_are_read():
    rows = [
        "清晨的港口很安静，第一批渔船",
        "刚刚返航。海鸥在码头上空盘旋，",
        "一箱箱的鲭鱼和螃蟹。",
    ]
    assert read(Image.open(DATA / "page_chinese.png")).text == "\n".join(rows)


def test_boxes_lie_where_the_text_is():
    image = Image.new("RGB", (600, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.text((200, 120), "Harbour", font=font(40), fill="black")
    (line,) = read(image).lines
    truth = draw.textbbox((200, 120), "Harbour", font=font(40))
    assert all(abs(edge - true) <= 20 for edge, true in zip(line.box, truth, strict=True))
    assert 0.9 < line.confidence <= 1


def test_boxes_of_text_cut_by_the_edge_stay_inside():
    image = page(PAGE, left=-15, width=420)
    reading = read(image)
    assert reading.lines
    for left, top, right, bottom in (line.box for line in reading.lines):
        assert 0 <= left < right <= image.width
        assert 0 <= top < bottom <= image.height


def test_boxes_of_a_shrunk_picture_are_in_pixels_of_the_one_given():
    image = Image.new("RGB", (5000, 400), "white")
    ImageDraw.Draw(image).text((4000, 100), "Harbour", font=font(160), fill="black")
    (line,) = read(image).lines
    assert line.text == "Harbour"
    assert 3900 < line.box[0] < 4100
    assert 4550 < line.box[2] < 4750


@pytest.mark.parametrize(
    "picture",
    [
        noise(640, 480),
        noise(640, 480, depth=1),
        noise(80, 60).resize((640, 480), Image.Resampling.BICUBIC),
        stripes(600, 400, 6),
        stripes(400, 600, 20).rotate(90, expand=True),
        Image.new("RGB", (300, 200), "teal"),
        Image.linear_gradient("L"),
        Image.radial_gradient("L"),
    ],
    ids=["noise", "grey noise", "blobs", "stripes", "bars", "flat", "gradient", "ring"],
)
def test_no_text_is_invented(picture):
    assert read(picture).lines == ()


@pytest.mark.parametrize(
    "size", [(1, 1), (3, 3), (10000, 1), (1, 10000), (10000, 9), (3000, 20), (20, 3000)]
)
def test_thin_and_tiny_pictures_are_read_without_a_word(size):
    assert read(noise(*size)).lines == ()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGBA"])
def test_other_color_modes_are_read_too(mode):
    assert read(page(["Coffee"], width=200).convert(mode)).text == "Coffee"


def test_the_label_of_an_upright_axis_is_read():
    if reader_engines.engine().find_carefully is None:
        pytest.skip("only an engine with a careful model takes a second look")
    image = Image.new("RGB", (500, 400), "white")
    label = page(["Temperature in degrees"], width=300)
    image.paste(label.transpose(Image.Transpose.ROTATE_90), (10, 50))
    (line,) = read(image).lines
    assert line.text == "Temperature in degrees"
    assert line.box[3] - line.box[1] > 200


def test_the_same_picture_gives_the_same_reading_on_every_thread():
    image = receipt()
    with ThreadPoolExecutor(3) as pool:
        readings = list(pool.map(lambda _: read(image), range(3)))
    assert readings == [read(image)] * 3


def test_without_an_engine_the_reading_says_so(monkeypatch):
    monkeypatch.setattr(reader_engines, "_loaded", {"best": None})
    assert read(page(PAGE)) == Reading((), engine=None)


def test_an_engine_that_fails_raises_one_clear_line(monkeypatch):
    def find(image):
        raise RuntimeError(image.size)

    monkeypatch.setattr(reader_engines, "_loaded", {"best": reader_engines.Engine("broken", find)})
    with pytest.raises(ModelError, match=r"^broken failed on a picture of 30 x 20 px"):
        read(Image.new("RGB", (30, 20)))


def test_the_text_of_a_reading_is_its_lines():
    lines = (Line("first", (0, 0, 9, 9), 1.0), Line("second", (0, 9, 9, 18), 1.0))
    assert Reading(lines, engine="any").text == "first\nsecond"
