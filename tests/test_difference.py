import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vlm_notebook.markup import difference as module
from vlm_notebook.markup.difference import Piece, difference, to_html, to_markdown, to_plain, words

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab \n,.猫咪", max_size=60),
    st.lists(st.sampled_from(["a", "the", "cat", " ", "\n", "3.5", "。"]), max_size=40).map(
        " ".join
    ),
)


def told(old, new):
    return [(piece.kind, piece.text) for piece in difference(old, new)]


@given(TEXTS, TEXTS)
@example("", "")
@example("a", "")
@example("\ud83d <b>", "*")
def test_both_texts_can_be_rebuilt_from_their_difference(old, new):
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert difference(text, text) == ((Piece("same", text),) if text else ())


@given(TEXTS)
def test_its_words_are_the_whole_text(text):
    assert "".join(words(text)) == text


@given(TEXTS, TEXTS)
def test_no_piece_is_empty_and_no_two_of_a_kind_follow_each_other(old, new):
    pieces = difference(old, new)
    assert all(piece.text for piece in pieces)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))


def test_a_word_that_changed_stands_out_between_those_that_did_not():
    old, new = "Two cats on a red sofa.", "Two cats on a grey sofa."
    assert told(old, new) == [
        ("same", "Two cats on a "),
        ("gone", "red"),
        ("new", "grey"),
        ("same", " sofa."),
    ]


def test_in_chinese_every_character_is_a_word():
    assert told("一只黑猫坐着。", "一只白猫坐着。") == [
        ("same", "一只"),
        ("gone", "黑"),
        ("new", "白"),
        ("same", "猫坐着。"),
    ]


def test_numbers_and_contractions_are_one_word():
    assert words("It's 1,234.5 m, isn't it?") == [
        *("It's", " ", "1,234.5", " ", "m", ",", " ", "isn't", " ", "it", "?")
    ]


def test_a_space_between_two_changed_words_is_part_of_the_change():
    assert told("one red big cat", "one grey small cat")[1:3] == [
        ("gone", "red big"),
        ("new", "grey small"),
    ]


def test_texts_that_have_nothing_in_common_are_told_apart_as_a_whole():
    old, new = "alpha beta gamma delta", "eins zwei drei vier"
    assert told(old, new) == [("gone", old), ("new", new)]


def test_a_long_text_is_compared_by_lines():
    lines = [f"line {number} of many words here\n" for number in range(2000)]
    new = [*lines[:1000], "line 1000 is another\n", *lines[1001:]]
    assert told("".join(lines), "".join(new))[1:3] == [("gone", lines[1000]), ("new", new[1000])]


def repeated(words, count):
    return " ".join(words * count)


HOSTILE = {
    "one word": (repeated(["a"], 5_000), repeated(["a"], 4_000)),
    "two words in turn": (repeated(["a", "b"], 2_400), repeated(["b", "c", "a"], 1_600)),
    "the other way round": (
        " ".join(map(str, range(4_900))),
        " ".join(map(str, reversed(range(4_900)))),
    ),
    "strangers between": (
        " ".join(f"x{n} w{n}" for n in range(2_400)),
        " ".join(f"y{n} w{n}" for n in range(2_400)),
    ),
    "no spaces": ("x" * 1_000_000, "y" * 1_000_000),
    "marks": ("*" * 200_000, "_*" * 100_000),
    "empty lines": ("\n" * 100_000 + "a", "\n" * 90_000 + "b"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_repetition_takes_a_bounded_number_of_steps(name, monkeypatch):
    steps = 0
    reached = module._reached

    def counted(*arguments):
        nonlocal steps
        steps += 1
        return reached(*arguments)

    monkeypatch.setattr(module, "_reached", counted)
    old, new = HOSTILE[name]
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert steps <= (module.MAX_EDITS + 2) ** 2


def test_the_html_holds_no_markup_but_its_own():
    pieces = difference("<script>a</script> & \ud83d", "<img src=x> & b")
    markup = to_html(pieces)
    assert set(re.findall(r"<[^>]*>", markup)) == {"<del>", "</del>", "<ins>", "</ins>"}


def test_the_markdown_holds_no_markup_but_its_own():
    pieces = difference("<b>a</b> ![x](http://example.org) `c`", "<b>d</b> ![y](z) `c`")
    bare = to_markdown(pieces).replace("~~", "").replace("**", "")
    assert not set("<>[]`*_!~") & set(bare)


def test_the_plain_text_frames_what_went_and_came():
    assert to_plain(difference("a b", "a c")) == "a [-b-]{+c+}"
