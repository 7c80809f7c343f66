"""Every awkward name of a file, and what is no file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from awkward import GOOD_PNG, SIZE

from vlm_notebook.errors import ImageError
from vlm_notebook.images.source import load

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
