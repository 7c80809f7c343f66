from __future__ import annotations

import base64
import hashlib
import io
import os
import socket
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from IPython.display import Image as DisplayedImage
from loopback import Server, reply
from matplotlib.figure import Figure
from PIL import Image

import vlm_notebook as vlm
from vlm_notebook.errors import ImageError, PrepareError, SourceError
from vlm_notebook.images.source import ImageSource, load


def png(size=(96, 64)):
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PNG = png()


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "sign.png"
    file.write_bytes(PNG)
    return file


def refused(image, **options):
    """Return the one line with which a picture is refused."""
    with pytest.raises(ImageError) as caught:
        load(image, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) <= 300
    return message


# Every kind that is taken


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_taken_by_its_path(path, kind):
    found = load(kind(path))
    assert found.data == PNG
    assert found.size == (96, 64)
    assert found.format == "PNG"
    assert found.origin == "sign.png"
    assert found.sha256 == hashlib.sha256(PNG).hexdigest()
    assert found.url is None


def test_a_tilde_is_the_home_folder(path, monkeypatch):
    monkeypatch.setenv("HOME", str(path.parent))
    assert load("~/sign.png").data == PNG


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
def test_bytes_of_every_kind_are_taken(kind):
    assert load(kind(PNG)).data == PNG


def test_a_stream_that_has_been_read_already_is_rewound():
    stream = io.BytesIO(PNG)
    stream.read()
    assert load(stream).data == PNG


def test_an_open_file_gives_its_own_name(path):
    with path.open("rb") as file:
        assert load(file).origin == "sign.png"


def test_a_pil_image_an_array_and_a_figure_are_taken():
    assert load(Image.new("L", (5, 4))).size == (5, 4)
    assert load(np.zeros((4, 5), "uint8")).size == (5, 4)
    assert load(Figure(figsize=(2, 1), dpi=50)).size == (100, 50)


def test_the_value_of_an_upload_widget_is_taken():
    widget = ipywidgets.FileUpload(multiple=True)
    file = {"name": "a.png", "type": "image/png", "size": len(PNG), "last_modified": 1}
    widget.set_state({"value": [{**file, "content": memoryview(PNG)}]})
    for value in (widget.value, widget.value[0]):
        assert load(value).data == PNG
        assert load(value).origin == "a.png"
    widget.close()


def test_the_value_of_an_old_upload_widget_is_taken():
    entry = {"metadata": {"name": "b.png", "type": "image/png"}, "content": PNG}
    for value in ({"b.png": entry}, entry):
        assert load(value).data == PNG
        assert load(value).origin == "b.png"


def test_a_data_url_is_taken():
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert load(url).data == PNG
    assert load(url).origin == "the data URL"


def test_a_web_address_is_taken_and_remembered_but_not_shown():
    server = Server(lambda _path: reply(PNG))
    try:
        url = f"http://127.0.0.1:{server.port}/my%20sign.png?signature=abc"
        found = load(f" {url} ", allow_private=True)
    finally:
        server.close()
    assert found.data == PNG
    assert found.origin == "my sign.png"
    assert found.url == url
    assert "signature" not in repr(found)


def test_a_source_is_taken_as_it_is_and_a_prepared_image_by_its_bytes(path):
    found = load(path)
    assert load(found) is found
    prepared = vlm.prepare(path)
    again = load(prepared)
    assert (again.data, again.size, again.origin) == (prepared.data, (96, 64), "sign.png")


def test_what_shows_itself_as_a_picture_is_taken(path):
    class Plot:
        def _repr_png_(self):
            return PNG

    assert load(Plot()).origin == "the Plot"
    assert load(DisplayedImage(filename=path)).data == PNG


def test_the_size_is_that_of_the_upright_picture():
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(file, "JPEG", exif=exif)
    assert load(file).size == (20, 30)


# What is refused, and how


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (None, "image=None is not a picture"),
        (5, "int is not a picture"),
        ({"a": 1}, "a dict of 1 is not one picture"),
        ([], "a list of 0 is not one picture"),
        ((), "a tuple of 0 is not one picture"),
        ([PNG, PNG], "a list of 2 is not one picture"),
        ((x for x in []), "generator is not a picture"),
        pytest.param(object(), "object is not a picture", id="object"),
        (b"", "is empty: 0 bytes"),
        (b"street.jpg", "is text, not a picture"),
        ("", "path of the picture is empty"),
        (" ", "path of the picture is empty"),
        ("a\0b.png", "cannot be read"),
        ("C:\\x\\y.png", "there is no file"),
        ("ftp://example.org/a.png", "ftp: is not downloaded"),
        ("file:///tmp/a.png", "file: is not downloaded"),
        ("x" * 5000, "cannot be read"),
        ("~nobody-at-all/a.png", "cannot be read"),
        (io.StringIO("x"), "gives text, not bytes"),
        ({"content": 5}, "content is int, not bytes"),
        ({"content": "abc", "metadata": None}, "content is str, not bytes"),
    ],
    ids=lambda value: repr(value)[:30] if not hasattr(value, "read") else "stream",
)
def test_what_is_no_picture_is_refused_by_name(image, words):
    assert words in refused(image)


def test_a_missing_file_is_looked_for_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refused("cat.jpg") == f"there is no file 'cat.jpg' in {tmp_path}: check the path"
    assert refused("/nowhere/cat.jpg") == "there is no file '/nowhere/cat.jpg': check the path"


def test_a_missing_file_is_named_even_where_the_working_folder_is_gone(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert "no file 'cat.jpg' in the working folder" in refused("cat.jpg")
    os.chdir(tmp_path)


def test_folders_pipes_sockets_and_endless_devices_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    assert "is a directory" in refused(tmp_path)
    assert "'pipe.png' is not a regular file" in refused(tmp_path / "pipe.png")
    assert "'zero.png' is not a regular file" in refused(tmp_path / "zero.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s.png"))
        assert "'s.png' is not a regular file" in refused(tmp_path / "s.png")


def test_links_that_lead_nowhere_are_refused(tmp_path):
    (tmp_path / "dangling.png").symlink_to("nowhere.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert "there is no file" in refused(tmp_path / "dangling.png")
    assert "'loop.png' cannot be read" in refused(tmp_path / "loop.png")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "sparse.png"
    with file.open("wb") as out:
        out.write(PNG)
        out.truncate(20 << 30)
    assert "over the limit of 200 MB" in refused(file)


def test_an_object_that_cannot_draw_itself_is_refused():
    class Broken:
        def _repr_png_(self):
            raise RuntimeError("no ink")

    assert refused(Broken()) == "the Broken cannot be drawn: no ink"


def test_this_machine_is_not_asked_for_pictures_unless_allowed():
    assert "loopback" in refused("http://127.0.0.1:8888/a.png")


@pytest.mark.parametrize(
    "name",
    [
        "new\nline.png",
        'double"quote.png',
        "<img src=x onerror=alert(1)>.png",
        " leading space.png",
        "naïve_図.png",
        "[glob]{a,b}.png",
        "percent%20.png",
        "-dash.png",
        "n" * 240 + ".png",
        os.fsdecode(b"latin1_\xe9.png"),
    ],
)
def test_a_file_of_any_name_is_found_and_named_in_printable_text(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(PNG)
    found = load(str(file))
    assert found.size == (96, 64)
    assert found.origin.encode()
    assert found.origin.endswith(".png")
    assert len(found.origin) <= 100
    file.write_bytes(b"not a picture")
    assert refused(file).encode()


def test_errors_are_of_the_kind_that_the_documentation_says():
    with pytest.raises(SourceError):
        load("nowhere.png")
    with pytest.raises(PrepareError):
        load(np.zeros((0, 5), "uint8"))


def test_a_source_can_be_made_of_bytes():
    found = ImageSource.of(PNG, "mine", "https://example.org/a.png")
    assert (found.origin, found.url) == ("mine", "https://example.org/a.png")
