from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlm_notebook.chat.delta import Delta
from vlm_notebook.chat.reading import Reading
from vlm_notebook.chat.stencil import Stencil
from vlm_notebook.chat.watch import Watch
from vlm_notebook.errors import StreamError

NAMES = ("content", "reasoning", "refusal", "role", "choices", "error", "object", "finish_reason")
WORD = st.sampled_from([*NAMES, "", ".", "..", "a", 'a"b', "a\\", "\n", "图", "\ud83d", "?", "}"])
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), WORD | st.none()), max_size=3)
EVENT = st.builds(
    lambda delta, choice, rest, *, spaced: written(delta, choice, rest, spaced=spaced),
    PAIRS,
    PAIRS,
    PAIRS,
    spaced=st.booleans(),
)


def parse(data):
    return Reading(host="h", secrets=(), watch=Watch("h", 60)).delta(data)


def outcome(read, data):
    try:
        return read(data)
    except StreamError as error:
        return str(error)


def members(pairs):
    return ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)


def written(delta, choice, rest, *, spaced):
    """An event's JSON in which names may come twice."""
    first = ", ".join([f'"delta": {{{members(delta)}}}', *(members([pair]) for pair in choice)])
    text = "{" + ", ".join([f'"choices": [{{{first}}}]', *(members([pair]) for pair in rest)]) + "}"
    return (text if spaced else text.replace(": ", ":")).encode()


def said(text, **more):
    payload = {"id": "1", "choices": [{"delta": {"content": text}, **more}]}
    return json.dumps(payload, ensure_ascii=False).encode()


@given(st.lists(EVENT, max_size=12))
def test_any_events_are_read_as_the_parser_reads_them(events):
    stencil = Stencil(parse)
    for data in events:
        assert outcome(stencil.read, data) == outcome(parse, data)


@given(st.lists(st.text() | st.sampled_from(["content", "1", "id"]), max_size=20), st.booleans())
def test_any_text_in_events_of_one_form_is_read_as_the_parser_reads_it(texts, ascii_only):
    stencil = Stencil(parse)
    for text in texts:
        payload = {"id": "1", "choices": [{"delta": {"content": text}, "finish_reason": None}]}
        data = json.dumps(payload, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert stencil.read(data) == parse(data)


@given(st.binary(max_size=6))
def test_any_bytes_in_the_place_of_the_text_are_read_as_the_parser_reads_them(middle):
    stencil = Stencil(parse)
    head, tail = said("word").split(b"word")
    stencil.read(said("word"))
    data = head + middle + tail
    assert outcome(stencil.read, data) == outcome(parse, data)


def test_events_that_differ_in_their_text_only_are_parsed_once():
    stencil = Stencil(parse)
    texts = [f"word {number} " for number in range(1000)]
    assert [stencil.read(said(text)).text for text in texts] == texts
    assert stencil.parsed == 2


@pytest.mark.parametrize("last", [{"finish_reason": "stop"}, {"index": 1}])
def test_an_event_that_says_more_than_text_is_parsed(last):
    stencil = Stencil(parse)
    stencil.read(said("word"))
    assert stencil.read(said("end", **last)) == parse(said("end", **last))


def test_events_that_are_never_alike_are_parsed_at_little_more_than_their_number():
    stencil = Stencil(parse)
    for number in range(1000):
        assert stencil.read(said("word", padding="x" * number)) == Delta("word")
    assert stencil.parsed <= 1010


def test_a_stencil_that_no_longer_fits_is_replaced():
    stencil = Stencil(parse)
    for second in range(20):
        for number in range(20):
            assert stencil.read(said(f"{number}", created=second)) == Delta(f"{number}")
    assert stencil.parsed == 20 * 2
