import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.markup import markdown
from vlm_notebook.view.growth import EARLY_CHARS, REPEAT_FACTOR, TAIL_CHARS, Growth

PIECES = [
    *("a", "word ", "\n", "\n\n", "# ", "- ", "1. ", "> ", "```", "```\n", "    ", "*", "**", "`"),
    *("|", "|-|-|\n", "| a | b |\n", "---", "===", "[x](http://example.org)", "<b>", "![", "字。"),
    *("\r\n", "\t", "é", "\U0001f600", "long " * 90),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
CUTS = st.lists(st.integers(0, 400), max_size=40)


class FrontEnd:
    """What view/static/answer.js does with the messages."""

    def __init__(self):
        self.n, self.blocks, self.thought, self.tail, self.plain = 0, [], "", "", ""

    def take(self, message):
        if message["all"]:
            self.blocks, self.thought = [], ""
        elif message["n"] != self.n + 1:
            return False
        self.n = message["n"]
        self.blocks = self.blocks + message["blocks"]
        self.thought += message["thought"]
        if "more" in message:
            self.plain += message["more"]
        else:
            self.tail, self.plain = message.get("tail", ""), message.get("plain", "")
        return True

    @property
    def shown(self):
        return self.blocks, self.thought, self.plain or self.tail


def pieces(text, cuts):
    edges = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    return [text[a:b] for a, b in pairwise(edges)]


def at_once(text):
    closed, rest = markdown.blocks(text)
    tail = rest if len(rest) > TAIL_CHARS else markdown.to_html(rest)
    return [markdown.to_html(block) for block in closed], "", tail


def size(message):
    return len(json.dumps(message, ensure_ascii=False).encode())


def streamed(text, *, step):
    """Return the messages of a text that grows by `step` characters between them."""
    growth, messages = Growth(), []
    for start in range(0, len(text), step):
        growth.add(text[start : start + step])
        messages.append(growth.message())
    return messages


@given(TEXTS, CUTS)
def test_a_front_end_ends_with_what_rendering_at_once_gives(text, cuts):
    growth, front = Growth(), FrontEnd()
    for piece in pieces(text, cuts):
        growth.add(piece)
        assert front.take(growth.message())
    assert front.shown == at_once(text)


@given(TEXTS, CUTS, st.integers(0, 20))
def test_a_late_comer_that_asks_sees_what_the_others_see(text, cuts, late):
    growth, early, comer = Growth(), FrontEnd(), FrontEnd()
    for number, piece in enumerate(pieces(text, cuts)):
        growth.add(piece)
        message = growth.state() if number == late else growth.message()
        early.take(message)
        if number >= late:
            comer.take(message)
            assert comer.shown == early.shown


@given(TEXTS, CUTS, st.sets(st.integers(0, 60)))
def test_a_front_end_that_misses_messages_shows_no_gap(text, cuts, missed):
    growth, front, seen = Growth(), FrontEnd(), ""
    for number, piece in enumerate(pieces(text, cuts)):
        growth.add(piece)
        seen += piece
        message = growth.message()
        if number not in missed and front.take(message):
            assert front.shown == at_once(seen)


@given(st.lists(st.text(max_size=30)), st.lists(st.booleans(), max_size=20))
def test_the_reasoning_arrives_whole_also_for_a_late_comer(thoughts, asked):
    growth, front = Growth(), FrontEnd()
    for thought in thoughts:
        growth.think(thought)
        front.take(growth.message())
    late = FrontEnd()
    late.take(growth.state())
    assert late.thought == front.thought == "".join(thoughts)


def test_the_first_messages_say_everything_so_that_a_page_still_loading_misses_nothing():
    messages = streamed("One two three.\n\n" * (EARLY_CHARS // 16), step=8)
    assert len(messages) > 100
    assert all(message["all"] for message in messages)


def test_an_answer_that_grows_is_said_again_at_growing_intervals():
    messages = streamed("A paragraph of some length.\n\n" * 2_000, step=60)
    repeats = [i for i, message in enumerate(messages) if message["all"] and i > EARLY_CHARS // 60]
    assert len(repeats) >= 3
    assert all(later >= REPEAT_FACTOR * sooner for sooner, later in pairwise(repeats))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A sentence of an answer, **bold**. " * 3_000, id="one paragraph"),
        pytest.param("A paragraph of an answer.\n\n" * 4_000, id="paragraphs"),
        pytest.param("```\n" + "x = f(x)\n" * 11_000 + "```\n", id="one block of code"),
        pytest.param("- an item of a list\n" * 4_800, id="one list"),
        pytest.param("| a | b |\n|-|-|\n" + "| 1 | 2 |\n" * 9_000, id="one table"),
        pytest.param("[" * 100_000, id="hostile"),
    ],
)
def test_what_is_sent_in_all_is_a_small_multiple_of_the_text(text):
    for length in (len(text) // 4, len(text)):
        messages = streamed(text[:length], step=60)
        assert sum(map(size, messages)) - 130 * len(messages) < 8 * length


@pytest.mark.parametrize("length", [TAIL_CHARS - 1, TAIL_CHARS, TAIL_CHARS + 1, 100_000])
def test_a_text_that_comes_at_once_is_sent_once(length):
    (message,) = streamed("x" * length, step=length)
    assert size(message) < length + 200


def test_a_long_open_block_is_plain_until_it_closes():
    growth, front = Growth(), FrontEnd()
    for piece, is_plain in (("**bold** " * 60, True), ("and more", True), ("\n\nNext\n", False)):
        growth.add(piece)
        front.take(growth.message())
        assert bool(front.plain) == is_plain
    assert front.blocks[0].startswith("<p><strong>bold</strong>")
    assert front.tail == "<p>Next</p>"


def test_a_long_open_block_is_only_added_to():
    growth = Growth()
    growth.add("word " * 1_000)
    assert growth.message()["plain"].startswith("word")
    growth.add("more")
    assert growth.message()["more"] == "more"


def test_a_growth_is_empty_until_something_came():
    growth = Growth()
    growth.add("")
    assert not growth
    growth.think("Hm")
    assert growth


def test_the_early_messages_are_bounded():
    messages = streamed("x" * 40 * EARLY_CHARS, step=EARLY_CHARS // 2)
    assert [message["all"] for message in messages[:5]] == [True, True, False, False, False]


def test_what_is_too_much_in_all_goes_on_as_plain_text_and_says_so_once():
    growth, front = Growth(), FrontEnd()
    table = "h|h\n-|-\n" + "c|c\n" * 20 + "\n"
    for _ in range(2 * markdown.MAX_LINES // 20):
        growth.add(table)
        front.take(growth.message())
    assert front.blocks.count(markdown.NOTE) == 1
    assert front.blocks[-1] == markdown.NOTE
    assert front.plain.count("c|c") > markdown.MAX_LINES // 2
    assert len(front.blocks) <= markdown.MAX_LINES // 20


@pytest.mark.parametrize("step", [60, 5_000])
def test_what_is_a_little_too_much_does_not_go_back_and_forth(step):
    text = "*a*" * markdown.MAX_MARKS + "word " * 15_000
    messages = streamed(text, step=step)
    assert (
        sum(markdown.NOTE in message["blocks"] for message in messages if not message["all"]) <= 1
    )
    assert sum(map(size, messages)) < 12 * len(text)
