"""What a question about photographs adds to a notebook."""

from __future__ import annotations

import io
import random
from html.parser import HTMLParser

import nbformat
import pytest
from PIL import Image, ImageFilter

import vlm_notebook as vlm
from vlm_notebook.chat.answer import Answer
from vlm_notebook.chat.message import Message

PHOTO = (4032, 3024)
MAX_BYTES = 60_000
SAID = "Two **harbours** at dusk. The first has three boats.\n\n- a crane\n- a ferry"


def photo(path, seed):
    """Write a 12 MP JPEG with as much detail, coarse and fine, as a camera's."""
    noise = random.Random(seed)
    coarse = Image.frombytes("RGB", (64, 48), noise.randbytes(64 * 48 * 3)).resize(PHOTO)
    fine = Image.frombytes("RGB", (1008, 756), noise.randbytes(1008 * 756 * 3)).resize(PHOTO)
    Image.blend(coarse, fine.filter(ImageFilter.GaussianBlur(2)), 0.35).save(path, quality=90)
    return path


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    images = tuple(vlm.prepare(photo(folder / f"harbour{n}.jpg", n)) for n in range(2))
    asked = Message.of_text("user", "What is the difference?")
    return Answer(SAID, images=images, model="m", _history=(asked,))


class Images(HTMLParser):
    """Collects the attributes of the pictures in a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.found.append(dict(attrs))


def test_two_photographs_of_12_megapixels_add_at_most_60_kb_to_the_notebook(answer):
    output = nbformat.v4.new_output("display_data", data=answer._repr_mimebundle_())
    empty, full = nbformat.v4.new_notebook(), nbformat.v4.new_notebook()
    empty.cells = [nbformat.v4.new_code_cell(id="a")]
    full.cells = [nbformat.v4.new_code_cell(id="a", outputs=[output])]
    added = len(nbformat.writes(full).encode()) - len(nbformat.writes(empty).encode())
    assert 10_000 < added <= MAX_BYTES


def test_each_photograph_is_there_once_and_as_a_jpeg(answer):
    bundle = answer._repr_mimebundle_()
    assert sorted(bundle) == ["text/html", "text/markdown", "text/plain"]
    assert [text.count("base64,") for text in bundle.values()] == [2, 0, 0]
    assert bundle["text/html"].count("data:image/jpeg;base64,") == 2


def test_who_cannot_see_hears_the_name_and_the_first_sentence(answer):
    images = Images(answer._repr_mimebundle_()["text/html"]).found
    assert [image["alt"] for image in images] == [
        f"harbour{n}.jpg: Two harbours at dusk." for n in range(2)
    ]


def test_the_photographs_of_this_test_are_as_heavy_as_a_cameras(tmp_path):
    data = photo(tmp_path / "a.jpg", 3).read_bytes()
    assert len(data) > 1_000_000
    assert Image.open(io.BytesIO(data)).size == PHOTO
