from __future__ import annotations

import pytest

from vlm_notebook.offline.word import Word, is_chinese, join


def at(left: int, text: str, *, width: int, confidence: float = 1.0) -> Word:
    return Word((left, 0, left + width, 10), text, confidence)


def test_a_price_stays_apart_from_its_item():
    assert join([at(0, "Coffee", width=60), at(200, "3.50", width=40)]).text == "Coffee    3.50"


def test_words_a_space_apart_get_one_space():
    assert join([at(0, "due", width=30), at(34, "now", width=30)]).text == "due now"


def test_chinese_pieces_that_touch_get_no_space():
    assert join([at(0, "港口", width=20), at(22, "很安静", width=30)]).text == "港口很安静"


def test_the_box_spans_the_row_and_long_words_weigh_more():
    row = join([at(0, "abc", width=30, confidence=1.0), at(34, "d", width=10, confidence=0.6)])
    assert row.box == (0, 0, 44, 10)
    assert row.confidence == pytest.approx(0.9)


def test_one_word_stays_as_it_is():
    assert join([at(0, "Tea", width=30, confidence=0.9)]) == at(0, "Tea", width=30, confidence=0.9)


@pytest.mark.parametrize("text", ["箱", "，", "Ａ", "12 号"])
def test_han_characters_and_their_punctuation_are_chinese(text):
    assert is_chinese(text)


@pytest.mark.parametrize("text", ["", "Café", "12.50", "–"])
def test_western_text_is_not_chinese(text):
    assert not is_chinese(text)
