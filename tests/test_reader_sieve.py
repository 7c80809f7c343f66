from __future__ import annotations

import pytest

from vlm_notebook.offline.reader_sieve import believed
from vlm_notebook.offline.word import Word


def word(text, confidence):
    return Word((0, 0, 100, 20), text, confidence)


def kept(*words):
    return [one.text for one in believed(words)]


PAGE = [word("first line", 0.99), word("second line", 0.99), word("third line", 0.99)]


@pytest.mark.parametrize(("text", "confidence"), [("EXIT", 0.85), ("出口", 0.85), ("1042", 0.95)])
def test_a_sure_sign_on_a_photograph_is_told(text, confidence):
    assert kept(word(text, confidence)) == [text]


@pytest.mark.parametrize(
    ("text", "confidence"), [("EXIT", 0.75), ("0000", 0.87), ("8", 0.99), ("O.", 0.99), ("", 1.0)]
)
def test_what_textures_are_read_as_is_not_told(text, confidence):
    assert kept(word(text, confidence)) == []


def test_on_a_page_the_lines_around_it_vouch_for_a_faint_line():
    assert kept(*PAGE, word("faint line", 0.6), word("7", 0.9))[3:] == ["faint line", "7"]


@pytest.mark.parametrize(("text", "confidence"), [("smudge", 0.4), ("...", 0.9), ("l", 0.7)])
def test_a_page_sheds_its_garbage(text, confidence):
    assert kept(*PAGE, word(text, confidence)) == [one.text for one in PAGE]


def test_many_doubtful_boxes_are_a_texture_however_sure_a_few_are():
    assert kept(*PAGE, *[word("ab", 0.6)] * 10) == [one.text for one in PAGE]


def test_text_is_tidied():
    assert kept(word("  NO \u3000 ENTRY\u200b\x07 ", 0.99)) == ["NO ENTRY"]
