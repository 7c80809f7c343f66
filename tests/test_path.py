"""Paths of every kind of object, and names that must not disturb what stands around them."""

from __future__ import annotations

import base64
import os
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from PIL import Image

from vlm_notebook.errors import SourceError
from vlm_notebook.images.source import load

SIZE = (96, 64)


class Named:
    """A path object that is no `pathlib.Path`."""

    def __init__(self, answer):
        self.answer = answer

    def __fspath__(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def path(tmp_path):
    Image.new("RGB", SIZE).save(tmp_path / "sign.png")
    return tmp_path / "sign.png"


def entry(path):
    with os.scandir(path.parent) as entries:
        return next(entries)


@pytest.mark.parametrize(
    "kind",
    [
        PurePosixPath,
        lambda path: Named(str(path)),
        lambda path: Named(os.fsencode(path)),
        entry,
    ],
    ids=["pure", "text", "bytes", "entry"],
)
def test_any_path_object_leads_to_the_file(path, kind):
    found = load(kind(path))
    assert (found.size, found.origin) == (SIZE, "sign.png")


@pytest.mark.parametrize(
    "image",
    [
        Named(RuntimeError("no")),
        Named(5),
        Named("http://127.0.0.1:9/a.png"),
        PureWindowsPath("C:/a"),
    ],
    ids=["fails", "number", "address", "elsewhere"],
)
def test_a_path_object_that_leads_to_no_file_is_refused(image):
    with pytest.raises(SourceError):
        load(image)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb.png", "a\ufffdb.png"),
        ("\x1b[31mred\x07.png", "\ufffd[31mred\ufffd.png"),
        ("\u202egnp.exe.png", "\ufffdgnp.exe.png"),
        ("a\u2028b.png", "a\ufffdb.png"),
        ("\u5716 \U0001f469\u200d\U0001f52c.png", "\u5716 \U0001f469\u200d\U0001f52c.png"),
    ],
)
def test_a_name_is_shown_without_what_moves_the_text_around_it(path, name, shown):
    odd = Path(path.rename(path.parent / name))
    assert load(odd).origin == load({"name": name, "content": odd.read_bytes()}).origin == shown


@pytest.mark.parametrize("nbytes", [90, 30_000])
def test_bare_base64_is_told_from_a_path(nbytes):
    text = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(nbytes)).decode()
    with pytest.raises(SourceError, match="put 'data:image/png;base64,' before it"):
        load(text)
