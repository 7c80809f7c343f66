from __future__ import annotations

import pytest
from PIL import Image

from vlm_notebook.offline.reader_doubt import MAX_STRIPS, second_look
from vlm_notebook.offline.word import Word

PAGE = Image.new("RGB", (300, 100), "white")


def word(text, confidence, *, top=40):
    return Word((10, top, 110, top + 20), text, confidence)


class Careful:
    """A careful model that reads the same in every strip, and notes the strips' sizes."""

    def __init__(self, *found):
        self.found = list(found)
        self.strips = []

    def __call__(self, strip):
        self.strips.append(strip.size)
        return self.found


def test_a_doubtful_line_is_read_again_and_keeps_its_box():
    careful = Careful(Word((10, 10, 110, 30), "Orange juice", 0.99))
    (line,) = second_look([word("0range juice", 0.94)], PAGE, careful)
    assert line == Word((10, 40, 110, 60), "Orange juice", 0.99)
    assert careful.strips == [(120, 40)]


@pytest.mark.parametrize("sure", [word("Coffee", 0.98), word("?!", 0.3), word("7", 0.9)])
def test_what_is_sure_or_hopeless_is_not_read_again(sure):
    careful = Careful()
    assert second_look([sure], PAGE, careful) == [sure]
    assert careful.strips == []


def test_chinese_is_always_read_again():
    careful = Careful(Word((10, 10, 110, 30), "鲭鱼", 0.95))
    assert second_look([word("鳍鱼", 0.999)], PAGE, careful)[0].text == "鲭鱼"


@pytest.mark.parametrize(
    "found",
    [[], [Word((10, 10, 110, 30), "Orznge", 0.7)], [Word((0, 0, 99, 4), "line above", 0.99)]],
)
def test_the_first_reading_stands_when_the_second_says_nothing_sure(found):
    assert second_look([word("0range", 0.94)], PAGE, Careful(*found)) == [word("0range", 0.94)]


def test_pieces_of_a_strip_are_joined_from_left_to_right():
    careful = Careful(
        Word((66, 10, 110, 30), "juice", 0.99), Word((10, 10, 60, 30), "Orange", 0.99)
    )
    assert second_look([word("0range juice", 0.94)], PAGE, careful)[0].text == "Orange juice"


def test_the_second_look_has_a_limit_and_begins_with_the_least_sure():
    words = [word(f"line {k}", 0.6 + k / 1000) for k in range(MAX_STRIPS + 5)]
    careful = Careful(Word((10, 10, 110, 30), "again", 0.99))
    read = second_look(words, PAGE, careful)
    assert [line.text for line in read] == ["again"] * MAX_STRIPS + [
        line.text for line in words[MAX_STRIPS:]
    ]


@pytest.mark.parametrize(("confidence", "text"), [(0.7, "down"), (0.9, "up")])
def test_of_text_on_its_end_the_surer_direction_is_taken(confidence, text):
    careful = Careful(Word((10, 10, 90, 30), "up", confidence))
    down = Word((40, 10, 60, 90), "down", 0.8)
    (line,) = second_look([down], PAGE, careful)
    assert (line.text, line.box) == (text, down.box)
    assert careful.strips == [(100, 40)]
