from __future__ import annotations

from math import radians, tan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_notebook.offline.layout import arrange
from vlm_notebook.offline.word import Word


def word(left, top, text, *, height=20):
    return Word((left, top, left + len(text) * height // 2, top + height), text, 0.99)


def texts(words):
    return [" | ".join(word.text for word in row) for row in arrange(words)]


def tilted(words, degrees):
    """Turn upright boxes about the corner, as an engine would box tilted lines."""
    slope = tan(radians(degrees))
    for one in words:
        left, top, right, bottom = one.box
        ends = (left * slope, right * slope)
        box = (left, round(top + min(ends)), right, round(bottom + max(ends)))
        yield Word(box, one.text, one.confidence)


RECEIPT = [("Coffee", "3.50"), ("Almond croissant", "4.20"), ("Tea", "2.20"), ("Total", "9.90")]
RECEIPT_ROWS = [f"{item} | {price}" for item, price in RECEIPT]
RECEIPT_WORDS = [
    piece
    for row, (item, price) in enumerate(RECEIPT)
    for piece in (word(30, 30 + 34 * row, item), word(420, 30 + 34 * row, price))
]
LEFT = [
    "harvested in late summer the",
    "straw is baled and kept dry",
    "for the winter and then sold",
]
RIGHT = ["barley needs far less water", "and ripens weeks earlier it", "is malted or fed to cattle"]


def columns(*, shift=0):
    for row, (one, other) in enumerate(zip(LEFT, RIGHT, strict=True)):
        yield word(20, 80 + 30 * row, one)
        yield word(340, 80 + 30 * row + shift, other)


def test_no_words_make_no_rows():
    assert arrange([]) == ()


def test_an_item_and_its_price_stay_on_one_row():
    assert texts(RECEIPT_WORDS) == RECEIPT_ROWS


@pytest.mark.parametrize("degrees", [-4, -2, 1, 3])
def test_a_tilted_receipt_keeps_its_rows(degrees):
    assert texts(tilted(RECEIPT_WORDS, degrees)) == RECEIPT_ROWS


def test_columns_of_running_text_are_read_one_after_the_other():
    assert texts(columns()) == LEFT + RIGHT


def test_columns_whose_lines_are_not_level_are_read_one_after_the_other():
    assert texts(columns(shift=12)) == LEFT + RIGHT


def test_a_heading_across_two_columns_comes_first_and_a_footer_last():
    heading, footer = (
        word(20, 20, "Notes on grain " * 3),
        word(20, 200, "All prices in crowns " * 2),
    )
    assert texts([footer, *columns(), heading]) == [heading.text, *LEFT, *RIGHT, footer.text]


def test_a_table_is_read_row_by_row():
    cells = [["Name", "Age", "City"], ["Orla", "34", "Cork"], ["Bram", "29", "Ghent"]]
    words = [
        word(30 + 150 * c, 40 * r, text)
        for r, row in enumerate(cells)
        for c, text in enumerate(row)
    ]
    assert texts(words) == ["Name | Age | City", "Orla | 34 | Cork", "Bram | 29 | Ghent"]


def test_the_turns_of_a_chat_are_read_from_top_to_bottom():
    turns = [word(20 if turn % 2 else 400, 60 * turn, f"Turn {turn}") for turn in range(8)]
    assert texts(turns) == [turn.text for turn in turns]


def test_two_signs_far_apart_are_two_lines():
    assert texts([word(0, 0, "EXIT"), word(900, 2, "TAXI")]) == ["EXIT", "TAXI"]


def test_a_big_figure_does_not_swallow_the_small_print_beside_it():
    price = word(0, 0, "7", height=120)
    assert len(texts([price, *(word(80, 5 + 30 * k, f"note {k}") for k in range(4))])) == 5


def test_the_title_of_a_chart_comes_before_its_axes():
    ticks = [Word((60, 40 + 50 * k, 80, 55 + 50 * k), str(30 - 10 * k), 0.99) for k in range(4)]
    label = Word((10, 60, 30, 190), "Rainfall", 0.99)
    months = [word(120 + 100 * k, 220, name) for k, name in enumerate(["Jan", "Feb", "Mar"])]
    title = word(180, 8, "Rain in spring")
    rows = texts([*ticks, label, *months, title])
    assert rows[0] == "Rain in spring"
    assert rows[-1] == "Jan | Feb | Mar"


edges = st.integers(-20, 1500)
sizes = st.integers(0, 300)
any_word = st.builds(
    lambda left, top, width, height, text: Word((left, top, left + width, top + height), text, 0.9),
    edges,
    edges,
    sizes,
    sizes,
    st.text(min_size=1, max_size=4),
)
words_of_pages = st.one_of(
    st.lists(any_word, max_size=25),
    st.permutations([*RECEIPT_WORDS, *columns()]),
)


@settings(deadline=None)
@given(words_of_pages, st.randoms())
def test_the_order_in_which_an_engine_gives_the_boxes_makes_no_difference(words, random):
    shuffled = list(words)
    random.shuffle(shuffled)
    assert arrange(shuffled) == arrange(words)


@settings(deadline=None)
@given(words_of_pages)
def test_every_word_is_in_exactly_one_row(words):
    assert sorted(one for row in arrange(words) for one in row) == sorted(words)


@settings(deadline=None)
@given(words_of_pages)
def test_rows_run_from_left_to_right(words):
    for row in arrange(words):
        assert [one.box[0] for one in row] == sorted(one.box[0] for one in row)


@settings(deadline=None)
@given(words_of_pages, st.integers(0, 2000), st.integers(0, 2000))
def test_moving_the_page_moves_no_word_to_another_row(words, dx, dy):
    def moved(one):
        left, top, right, bottom = one.box
        return Word((left + dx, top + dy, right + dx, bottom + dy), one.text, one.confidence)

    assert arrange(map(moved, words)) == tuple(tuple(map(moved, row)) for row in arrange(words))


def test_the_labels_of_a_level_axis_are_one_row_below_the_numbers():
    labels = [Word((150 + 75 * n, 595, 190 + 75 * n, 617), f"M{n}", 1.0) for n in range(12)]
    ticks = [Word((50, 80 + 64 * n, 99, 102 + 64 * n), str(1600 - 200 * n), 1.0) for n in range(8)]
    bars = [
        Word((150 + 75 * n, 110 + 29 * n, 190 + 75 * n, 131 + 29 * n), f"v{n}", 1.0)
        for n in range(12)
    ]
    rows = [[word.text for word in row] for row in arrange([*labels, *ticks, *bars])]
    assert rows[:8] == [[tick.text] for tick in ticks]
    assert rows[-1] == [label.text for label in labels]
