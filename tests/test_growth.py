import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.markup import markdown, part
from vlm_notebook.view.growth import EARLY_CHARS, FLUSH_S, REPEAT_FACTOR, Growth, readable

PIECES = [
    *("a", "word ", "\n", "\n\n", "# ", "- ", "1. ", "> ", "```", "```\n", "    ", "*", "**", "`"),
    *("|", "|-|-|\n", "| a | b |\n", "---", "===", "[x](http://example.org)", "<b>", "![", "字。"),
    *("\r\n", "\t", "é", "\U0001f600", "long " * 90),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
LAST_ROW = "tr><td>2</td></tr></tbody></table>"
CUTS = st.lists(st.integers(0, 400), max_size=40)


class FrontEnd:
    """What view/static/answer.js does with the messages."""

    def __init__(self):
        self.n = 0
        self.forget()

    def forget(self):
        self.blocks, self.thought, self.tail = [], "", ""

    def take(self, message):
        if message["all"]:
            self.forget()
        elif message["n"] != self.n + 1:
            return False
        self.n = message["n"]
        first, *others = [*message["blocks"], message["tail"]]
        *closed, self.tail = [kept(self.tail, message["keep"]) + first, *others]
        self.blocks = self.blocks + closed
        self.thought += message["thought"]
        return True

    @property
    def shown(self):
        return self.blocks, self.thought, self.tail


def kept(text, units):
    """Return the start of a text as JavaScript counts it; half a pair raises."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le")


def pieces(text, cuts):
    edges = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    return [text[a:b] for a, b in pairwise(edges)]


def at_once(text):
    closed, rest = markdown.blocks(text)
    return [markdown.to_html(block) for block in closed], "", markdown.to_html(readable(rest))


def size(message):
    return len(json.dumps(message, ensure_ascii=False).encode())


def streamed(text, *, step):
    """Return the messages of a text of which `step` characters come in a flush's time."""
    growth, messages, wait_s = Growth(), [], 0.0
    for start in range(0, len(text), step):
        growth.add(text[start : start + step])
        wait_s -= FLUSH_S
        if wait_s < FLUSH_S / 2:
            messages.append(growth.message())
            wait_s = growth.wait_s
    return [*messages, growth.message()] if wait_s < growth.wait_s else messages


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
        messages = streamed(text[:length], step=400)
        assert sum(map(size, messages)) - 130 * len(messages) < 8 * length


@pytest.mark.parametrize("text", ["x" * 100_000, "x" * 100_001, "x y\n\n" * 400])
def test_a_text_that_comes_at_once_is_sent_once(text):
    (message,) = streamed(text, step=len(text))
    assert size(message) < 3 * len(text) + 300


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("- one\n- two", " and", {"blocks": [], "tail": " and</li></ul>"}),
        (
            "| a |\n|-|\n| 1 |",
            "\n| 2 |",
            {"blocks": [], "tail": LAST_ROW},
        ),
        ("```\nx\n", "y\n", {"blocks": [], "tail": "y\n</code></pre>"}),
        ("One\n", "\nTwo\n", {"blocks": [""], "tail": "<p>Two</p>"}),
        ("One", "", {"blocks": [], "tail": ""}),
    ],
)
def test_of_what_was_shown_only_the_difference_is_sent(text, more, expected):
    growth, front = Growth(), FrontEnd()
    growth.add("First.\n\n" * 200 + text)
    front.take(growth.message())
    growth.add(more)
    message = growth.message()
    assert {name: message[name] for name in expected} == expected
    front.take(message)
    assert front.shown == at_once("First.\n\n" * 200 + text + more)


@given(st.lists(st.sampled_from("\U0001f600\U0001f601\U0001f602é-\n "), max_size=50))
def test_what_is_kept_is_counted_as_javascript_does(pieces):
    growth, front = Growth(), FrontEnd()
    growth.add("word\n\n" * 300)
    for piece in ["", *pieces]:
        growth.add(piece)
        assert front.take(growth.message())
    assert front.shown == at_once("word\n\n" * 300 + "".join(pieces))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Seen:\n-", "Seen:\n"),
        ("Seen:\n1", "Seen:\n"),
        ("Seen:\n12.", "Seen:\n"),
        ("Seen:\n- a", "Seen:\n- a"),
        ("Seen:\n1 apple", "Seen:\n1 apple"),
        ("a -", "a -"),
        ("a **bold wor", "a **bold wor**"),
        ("- **bold*", "- **bold**"),
        ("| 1 | 2 |\n| 3 | **bold ", "| 1 | 2 |\n| 3 | **bold**"),
        ("a **bold** and", "a **bold** and"),
        ("a **", "a "),
        ("a `", "a "),
        ("2**3 or 2 ** 3", "2**3 or 2 ** 3"),
        ("```\nf(**options", "```\nf(**options"),
        ("    f(**options", "    f(**options"),
        ("-", ""),
        ("``", ""),
        ("| a | b", ""),
        ("Seen:\n| a | b |\n|:-", "Seen:\n"),
        ("| a | b |\n|--|--|\n", "| a | b |\n|--|--|\n"),
        ("| a | b |\n|--|--|\n|", "| a | b |\n|--|--|\n"),
        ("| a | b |\n|--|--|\n| 1", "| a | b |\n|--|--|\n| 1"),
        ("|x| is a norm" + " and so on" * 40, "|x| is a norm" + " and so on" * 40),
        ("x" * 1_000 + "\n" + "-" * 1_000, "x" * 1_000 + "\n" + "-" * 1_000),
    ],
)
def test_marks_are_shown_once_it_is_known_what_they_make(text, shown):
    assert readable(text) == shown


@pytest.mark.parametrize("text", ["word " * 1_500, "```\n" + "x = 1\n" * 1_500])
def test_a_long_open_block_is_rendered_less_often_the_longer_it_is(text):
    growth = Growth()
    growth.add(text)
    assert "<pre class" not in growth.message()["tail"]
    assert growth.wait_s > FLUSH_S
    if text.startswith("```"):
        growth.add("```")
    growth.add("\n\nNext.\n")
    growth.message()
    assert growth.wait_s == FLUSH_S


@pytest.mark.parametrize(
    "text",
    [
        "| a | b |\n|--|--|\n" + "".join(f"| {n} | *two* words |\n" for n in range(1_000)),
        "".join(f"- **item** {n}\n  - with one of its own\n" for n in range(1_000)),
        "".join(f"{n}. an item\n" for n in range(1, 1_001)),
    ],
    ids=["table", "list", "numbered list"],
)
def test_a_long_table_or_list_closes_in_parts_as_the_finished_card_has_them(text):
    growth, front, longest = Growth(), FrontEnd(), 0
    for start in range(0, len(text), 300):
        growth.add(text[start : start + 300])
        front.take(growth.message())
        longest = max(longest, len(front.tail))
    assert "".join([*front.blocks, front.tail]) == markdown.to_html(text)
    assert len(front.blocks) == 1_000 // part.UNITS - 1
    assert longest < 1.5 * max(map(len, front.blocks))


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
    plain = [block for block in [*front.blocks, front.tail] if block.startswith("<pre")]
    assert "".join(plain).count("c|c") > markdown.MAX_LINES // 2
    assert len(front.blocks) - len(plain) <= markdown.MAX_LINES // 20


@pytest.mark.parametrize("step", [60, 5_000])
def test_what_is_a_little_too_much_does_not_go_back_and_forth(step):
    text = "*a*" * markdown.MAX_MARKS + "word " * 15_000
    messages = streamed(text, step=step)
    assert (
        sum(markdown.NOTE in message["blocks"] for message in messages if not message["all"]) <= 1
    )
    assert sum(map(size, messages)) < 12 * len(text)
