import io
import json
import time

import kernel
import pytest
from ipywidgets.embed import embed_data
from ipywidgets.widgets.widget import _instances
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.errors import ImageError, VlmError
from vlm_notebook.images.region import crop
from vlm_notebook.view import wording
from vlm_notebook.widgets.tray import MAX_CAPTION_CHARS, ImageTray

CAT, SIGN, RECEIPT = (vlm.samples.path(name) for name in ("cat", "sign", "receipt"))

SETUP = """
import vlm_notebook as vlm
from vlm_notebook.widgets.tray import ImageTray
tray = ImageTray(vlm.samples.path("cat"), language="en")
tray.model_id
"""


@pytest.fixture
def tray():
    tray = ImageTray(CAT, SIGN, RECEIPT, language="en")
    yield tray
    tray.close()


@pytest.fixture(scope="module")
def ipykernel():
    with kernel.running() as running:
        yield running


@pytest.fixture
def comm(ipykernel):
    return ipykernel.value(SETUP)[1:-1]


def names(tray):
    return [source.origin for source in tray.images]


def custom(sent):
    return [m.content["data"]["content"] for m in sent if m.method == "custom"]


def test_pictures_are_added_moved_and_removed(tray):
    tray.add(Image.new("RGB", (9, 9)), caption="nothing")
    assert names(tray) == ["cat.jpg", "sign.jpg", "receipt.jpg", "the PIL image"]
    tray.move(3, 0)
    tray.move(1, 99)
    assert names(tray) == ["the PIL image", "sign.jpg", "receipt.jpg", "cat.jpg"]
    tray.move(0, -1)
    tray.remove(0)
    assert names(tray) == ["receipt.jpg", "cat.jpg", "the PIL image"]
    tray.clear()
    assert tray.images == tray.items == ()


def test_each_change_is_one_more_revision_and_no_change_is_none(tray):
    heard = []
    tray.observe(lambda change: heard.append(change["new"]), "revision")
    start = tray.revision
    tray.caption(0, "x")
    tray.caption(0, "x")
    tray.move(0, 0)
    tray.select(1, None)
    tray.select(1, (0, 0, 10, 10))
    tray.clear()
    tray.clear()
    assert heard == [start + 1, start + 2, start + 3]


def test_a_region_is_what_is_asked_about(tray):
    tray.select(1, (300, 200, 900, 600))
    assert tray.images[1] == crop(SIGN, (300, 200, 900, 600))
    assert tray.items[1].region == (300, 200, 900, 600)
    assert tray.items[1].source.box is None
    tray.select(1, (300, 200, 900, 600), margin=0.1)
    assert tray.items[1].region == (240, 140, 960, 660)
    tray.select(1, None)
    assert tray.images[1].box is None


def test_a_region_that_was_added_has_regions_of_its_own(tray):
    tray.add(crop(SIGN, (100, 100, 500, 500)))
    tray.select(3, (10, 10, 20, 20))
    assert tray.items[3].region == (10, 10, 20, 20)
    assert tray.images[3].box == (110, 110, 120, 120)


def test_what_is_no_region_leaves_the_tray_as_it_was(tray):
    before = tray.items
    for box in ((), (9, 9, 1, 1), (5000, 0, 6000, 10)):
        with pytest.raises(ImageError, match=r"cat\.jpg"):
            tray.select(0, box)
    assert tray.items == before


def test_what_cannot_be_used_is_refused_at_once(tray, tmp_path):
    damaged = tmp_path / "half.jpg"
    damaged.write_bytes(CAT.read_bytes()[:900])
    for image in (tmp_path / "none.png", damaged, b"text", None):
        with pytest.raises(ImageError):
            tray.add(image)
    for index in (3, -4):
        with pytest.raises(ImageError, match="holds 3"):
            tray.remove(index)
    assert len(tray.items) == 3


def test_a_full_tray_says_so(tray):
    tray.max_images = 3
    with pytest.raises(ImageError, match=r"cat\.jpg has no room: the tray holds 3 pictures"):
        tray.add(CAT)
    with pytest.raises(ImageError, match="no room"):
        ImageTray(CAT, CAT, max_images=1)


def test_captions_are_one_line_and_stand_before_the_question(tray):
    assert tray.prompt_prefix() == ""
    tray.caption(0, "my\n cat ")
    tray.caption(2, "a bill")
    assert tray.prompt_prefix() == "Picture 1: my cat\nPicture 3: a bill\n\n"
    assert tray.prompt_prefix("zh").startswith("图 1：my cat\n")
    tray.caption(0, "y" * 5000)
    assert len(tray.items[0].caption) == MAX_CAPTION_CHARS


def test_a_language_that_is_not_spoken_is_refused():
    with pytest.raises(VlmError, match="language"):
        ImageTray(language="fr")


def test_both_languages_have_the_same_texts_with_the_same_values():
    english, chinese = (wording.words("tray")[language] for language in wording.LANGUAGES)
    assert english.keys() == chinese.keys()
    for key in english:
        values = [
            {part.partition("}")[0] for part in text.split("{")[1:]}
            for text in (english[key], chinese[key])
        ]
        assert values[0] == values[1], key


def test_no_picture_and_no_caption_is_part_of_what_is_saved(tray):
    tray.caption(0, "SECRET")
    tray.select(0, (1, 2, 30, 40))
    saved = json.dumps(embed_data(views=[tray])["manager_state"]["state"], default=repr)
    state = json.dumps({k: v for k, v in tray.get_state().items() if k != "_esm"}, default=repr)
    for text in ("SECRET", "sign.jpg"):
        assert text not in state
        assert text not in saved
    assert "revision" not in tray.get_state()
    assert repr(tray) == "ImageTray()"


def test_a_hundred_that_were_closed_leave_nothing_behind():
    before = set(_instances)
    for _ in range(100):
        ImageTray().close()
    assert set(_instances) == before


def test_a_page_that_says_hello_is_told_what_lies_there_and_asks_for_the_pixels(ipykernel, comm):
    ipykernel.say_to_widget(comm, {"kind": "hello", "language": "en"})
    (state,) = custom(ipykernel.run("pass"))
    (item,) = state["items"]
    assert (item["name"], item["size"], item["region"]) == ("cat.jpg", [451, 300], None)
    assert "receipt" in state["samples"]
    ipykernel.say_to_widget(comm, {"kind": "thumbnails", "ids": [item["id"], 77]})
    (message,) = [m for m in ipykernel.run("pass") if m.method == "custom"]
    assert message.content["data"]["content"] == {"kind": "thumbnail", "id": item["id"]}
    assert 1000 < message.size < 60_000


def test_a_page_that_asks_for_the_large_picture_gets_it(ipykernel, comm):
    ipykernel.say_to_widget(comm, {"kind": "large", "id": 1})
    found = []
    for _ in range(100):
        found += [
            m for m in ipykernel.run("__import__('time').sleep(0.05)") if m.method == "custom"
        ]
        if found:
            break
    (message,) = found
    assert message.content["data"]["content"]["type"] == "image/jpeg"
    assert 10_000 < message.size < 1_600_000


def test_what_a_page_says_of_pictures_that_are_gone_does_nothing(ipykernel, comm):
    for kind in ("remove", "move", "caption", "region", "large"):
        ipykernel.say_to_widget(comm, {"kind": kind, "id": 99, "to": 0, "text": "x"})
    assert custom(ipykernel.run("pass")) == []
    assert ipykernel.value("len(tray.items)") == "1"


def test_a_bad_message_is_said_below_the_control(ipykernel, comm):
    ipykernel.say_to_widget(comm, {"kind": "region", "id": 1, "box": [9, 9, 1, 1]})
    (said,) = custom(ipykernel.run("pass"))
    assert said["kind"] == "say"
    assert "cat.jpg" in said["line"]


class Pages(ImageTray):
    """A tray that keeps what it tells its pages."""

    def __init__(self, **options):
        self.told = []
        super().__init__(**options)

    def send(self, content, buffers=None):
        self.told.append(content)

    def end(self, job, timeout_s=10):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for message in self.told:
                if message["kind"] == "end" and message["job"] == job:
                    return message["line"]
            time.sleep(0.01)
        raise AssertionError(self.told)


@pytest.fixture
def pages():
    tray = Pages(language="en")
    yield tray
    tray.close()


def piece(number=0, count=1, name="a.png", **more):
    return {"kind": "piece", "job": "j", "name": name, "number": number, "count": count, **more}


def test_the_last_piece_brings_the_picture_in_and_asking_again_brings_no_second(pages):
    data = CAT.read_bytes()
    pages._receive(None, piece(0, 2), [data[:1000]])
    assert pages.told[-1] == {"kind": "ack", "job": "j", "number": 0}
    for _ in range(2):
        pages._receive(None, piece(1, 2, shrunk_from=[8000, 6000]), [memoryview(data[1000:])])
        assert pages.end("j") == ""
    (item,) = pages.items
    assert (item.source.data, item.shrunk_from) == (data, (8000, 6000))


@pytest.mark.parametrize(
    ("data", "word"), [([], "empty"), ([b"words"], "text"), ([b"%!PS-Adobe"], "PostScript")]
)
def test_an_upload_that_is_no_picture_ends_in_one_line_that_names_it(pages, data, word):
    pages._receive(None, piece(name="thing.png"), data)
    line = pages.end("j")
    assert line.startswith("thing.png")
    assert word in line
    assert pages.items == ()


def test_in_a_chinese_interface_it_is_refused_in_chinese(pages):
    pages.language = "zh"
    pages._receive(None, piece(name="备忘.txt"), [b"words"])
    assert pages.end("j") == "备忘.txt 是文本，不是图片：请用 JPEG 或 PNG"


def test_a_name_is_a_name_and_never_a_path(pages):
    buffer = io.BytesIO()
    Image.new("RGB", (5, 5)).save(buffer, "PNG")
    pages._receive(None, piece(name="../../etc/passwd"), [buffer.getvalue()])
    assert pages.end("j") == ""
    assert pages.items[0].source.path is None


@pytest.mark.parametrize("url", ["", "/etc/hostname", "file:///etc/hostname", "cat.jpg"])
def test_what_is_no_web_address_is_not_read(pages, url):
    pages._receive(None, {"kind": "url", "job": "j", "url": url}, [])
    assert "http" in pages.end("j")
    assert pages.items == ()


def test_an_unknown_sample_is_said(pages):
    pages._receive(None, {"kind": "sample", "job": "j", "name": "../cat"}, [])
    assert "no sample picture" in pages.end("j")


def test_only_the_latest_ends_are_remembered(pages):
    for number in range(200):
        pages._receive(None, {"kind": "url", "job": str(number), "url": "x"}, [])
    assert len(pages._intake._known) < 100
