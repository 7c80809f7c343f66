from __future__ import annotations

import os

import pytest

from vlm_notebook.chat.dotenv import MAX_BYTES, found, parse


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("VLM_MODEL=a/b", "a/b"),
        ("VLM_MODEL = a/b ", "a/b"),
        ("  export VLM_MODEL=a/b", "a/b"),
        ("VLM_MODEL='a b'", "a b"),
        ('VLM_MODEL="a # b"', "a # b"),
        ("VLM_MODEL=a/b # mine", "a/b"),
        ("VLM_MODEL=a#b", "a#b"),
        ("VLM_MODEL='a' # mine", "a"),
        ("VLM_MODEL=a=b", "a=b"),
        ("VLM_MODEL=a\r\nVLM_API_KEY=k", "a"),
        ("VLM_MODEL=first\nVLM_MODEL=second", "second"),
        ("VLM_MODEL=${HOME}", "${HOME}"),
        ("VLM_MODEL='open", "'open"),
    ],
)
def test_a_line_gives_its_value(line, value):
    assert parse(line)["VLM_MODEL"] == value


@pytest.mark.parametrize(
    "text",
    ["", "# VLM_MODEL=a", "VLM_MODEL", "VLM_MODEL=", "VLM_MODEL=''", "PATH=/x", "MY_VLM_MODEL=a"],
)
def test_other_lines_give_nothing(text):
    assert parse(text) == {}


@pytest.mark.parametrize("line", [" #'\"", "\t \t", "export ", "'"])
def test_a_file_of_odd_lines_is_read_at_once(line):
    assert (
        parse(f"VLM_MODEL={line * 20_000}x\n{line * 20_000}\nVLM_API_KEY=k")["VLM_API_KEY"] == "k"
    )


@pytest.fixture
def project(tmp_path):
    deep = tmp_path / "project" / "notebooks" / "deep"
    deep.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    return tmp_path / "project"


def test_a_file_is_found_up_to_the_projects_root(project):
    (project / ".env").write_text("VLM_MODEL=root")
    assert found(project / "notebooks" / "deep") == {"VLM_MODEL": "root"}


def test_the_nearest_file_counts_alone(project):
    (project / ".env").write_text("VLM_MODEL=root\nVLM_API_KEY=k")
    (project / "notebooks" / ".env").write_text("VLM_MODEL=near")
    assert found(project / "notebooks" / "deep") == {"VLM_MODEL": "near"}


def test_above_the_root_nothing_is_read(project):
    (project.parent / ".env").write_text("VLM_MODEL=above")
    assert found(project / "notebooks") == {}


def test_without_a_root_the_folder_alone_is_read(tmp_path):
    (tmp_path / ".env").write_text("VLM_MODEL=here")
    (tmp_path / "below").mkdir()
    assert found(tmp_path) == {"VLM_MODEL": "here"}
    assert found(tmp_path / "below") == {}


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / ".env").write_bytes("\ufeffVLM_MODEL=a".encode())
    assert found(tmp_path) == {"VLM_MODEL": "a"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / ".env")
    assert found(tmp_path) == {}


@pytest.mark.parametrize("content", [b"x" * (MAX_BYTES + 1), b"\xff\xfe\x00", b"\x00" * 99])
def test_a_file_that_is_none_is_passed_over(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)
    assert found(tmp_path) == {}


def test_a_folder_of_that_name_is_passed_over(tmp_path):
    (tmp_path / ".env").mkdir()
    assert found(tmp_path) == {}
