from __future__ import annotations

from vlm_notebook.offline.columns import values
from vlm_notebook.offline.days import named
from vlm_notebook.offline.reader import Line
from vlm_notebook.offline.word import Word, join


def line(*pieces):
    words = tuple(Word((left, top, left + 30, top + 20), text, 1.0) for left, top, text in pieces)
    whole = join(words)
    return Line(whole.text, whole.box, 1.0, words)


AXIS = line((100, 300, "Jan"), (200, 300, "Feb"), (300, 300, "Mar"))


def test_the_number_above_a_label_is_its_value():
    lines = (line((205, 90, "1,385")), line((100, 120, "310")), AXIS)
    assert values(lines, named("how many in february")) == (("Feb", "1,385"),)


def test_a_column_with_two_numbers_is_not_guessed():
    lines = (line((205, 90, "12")), line((200, 120, "31")), AXIS)
    assert values(lines, named("how many in february")) == ()


def test_a_day_is_known_by_any_of_its_names():
    (monday,) = named("周一开门吗")
    assert monday.search("Mondays closed")
    assert monday.search("星期一")
    assert not monday.search("Monkey")
    assert named("may i read it") == ()
