from __future__ import annotations

import pytest
from PIL import Image

from vlm_notebook.offline import tesseract

COLUMNS = "level page_num block_num par_num line_num word_num left top width height conf text"
HEADER = COLUMNS.replace(" ", "\t") + "\n"


def row(left, text, *, line=1, confidence="96.5", level=5):
    return f"{level}\t1\t1\t1\t{line}\t1\t{left}\t40\t60\t20\t{confidence}\t{text}\n"


def program(folder, script):
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_words_of_a_line_are_joined_up_to_the_next_wide_gap():
    table = HEADER + row(0, "Oat") + row(66, "milk") + row(300, "0.60") + row(0, "Tea", line=2)
    assert [word.text for word in tesseract.words(table)] == ["Oat milk", "0.60", "Tea"]


def test_boxes_are_divided_by_the_scale_and_percent_become_shares():
    (word,) = tesseract.words(row(10, "Tea"), scale=2)
    assert word.box == (5, 20, 35, 30)
    assert word.confidence == pytest.approx(0.965)


def test_blocks_blanks_and_broken_rows_are_no_words():
    assert not list(tesseract.words(HEADER + row(0, "", level=1) + row(0, " ") + "5\t1\n"))


def test_without_the_program_there_is_no_finder(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract.finder() is None


def test_a_program_without_our_languages_is_no_finder(monkeypatch, tmp_path):
    program(tmp_path, "echo osd")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract.finder() is None


def test_a_program_that_fails_on_a_picture_has_read_nothing(monkeypatch, tmp_path):
    program(tmp_path, '[ "$1" = --list-langs ] && echo eng || exit 1')
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tesseract.finder()(Image.new("RGB", (20, 20))) == []
