"""Files that a user asked for."""

import errno
from pathlib import Path

import pytest

from vlm_notebook.errors import VlmError
from vlm_notebook.markup.file import save


def test_the_text_is_in_the_file_with_its_line_ends_as_they_are(tmp_path):
    path = tmp_path / "a.csv"
    assert save("1\r\n二\n", path) == path
    assert path.read_bytes() == "1\r\n二\n".encode()
    save("二", path, overwrite=True, encoding="utf-8-sig")
    assert path.read_bytes() == b"\xef\xbb\xbf" + "二".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_stays_unless_told_otherwise(tmp_path):
    path = tmp_path / "a.html"
    path.write_text("mine")
    with pytest.raises(VlmError, match=r"a\.html' is there already: give overwrite=True"):
        save("theirs", path)
    assert path.read_text() == "mine"


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    path.write_text("mine")

    def full(_path, _target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)  # a disk cannot be filled here
    with pytest.raises(VlmError, match=r"a\.html' cannot be written: No space left on device"):
        save("theirs", path, overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_link_points_at_is_replaced_and_the_link_stays(tmp_path):
    target, link = tmp_path / "there.html", tmp_path / "here.html"
    target.write_text("old")
    link.symlink_to(target)
    save("new", link, overwrite=True)
    assert (link.is_symlink(), target.read_text()) == (True, "new")


@pytest.mark.parametrize("name", ["nowhere/a.html", "a\0b.html", "", "~no-such-user/a.html"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_where_nothing_can_be_written_one_line_says_so(tmp_path, monkeypatch, name, overwrite):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VlmError, match=r"^'.*' cannot be written: .+$"):
        save("text", name, overwrite=overwrite)
    assert list(tmp_path.iterdir()) == []
