from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlm_notebook.chat import sse
from vlm_notebook.chat.sse import EventReader
from vlm_notebook.errors import StreamError

LINE = st.sampled_from(
    ["data: a", "data:b", "data:  c", "data", "data: 图😀é", "", ": ping", "id: 7", "\ufeffdata: x"]
)
END = st.sampled_from(["\n", "\r\n", "\r"])
STREAM = st.lists(st.tuples(LINE, END), max_size=12).map(lambda lines: "".join(map("".join, lines)))


def read(*chunks):
    reader = EventReader()
    return [data for chunk in chunks for data in reader.feed(chunk)]


@settings(deadline=None)  # the machine may be busy
@given(STREAM, st.data())
def test_any_split_of_the_bytes_gives_the_same_events(stream, data):
    whole = stream.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*pieces) == read(whole) == read(*(whole[i : i + 1] for i in range(len(whole))))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_of_the_standard_ends_a_line(end):
    assert read(end.join([b"data: 1", b"", b"data: 2", b"", b""])) == [b"1", b"2"]


def test_a_carriage_return_and_its_line_feed_in_two_chunks_are_one_ending():
    assert read(b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n") == [b"1\n2"]


def test_a_line_separator_inside_json_ends_no_line():
    text = 'data: "a\u2028b\u2029c\u0085d\x0be"\n\n'.encode()
    assert read(text) == [text[6:-2]]


def test_comments_and_other_fields_are_no_data():
    assert read(b": ping\n\nevent: x\nid: 1\nretry: 5\ndata: y\n\n: bye\n\n") == [b"y"]


def test_several_data_lines_are_one_event():
    assert read(b"data: {\ndata: }\n\n") == [b"{\n}"]


def test_one_space_behind_the_colon_is_not_part_of_the_data():
    assert read(b"data:  two\n\ndata:none\n\n") == [b" two", b"none"]


def test_a_byte_order_mark_is_no_part_of_the_first_field():
    assert read(b"\xef\xbb", b"\xbfdata: 1\n\n") == [b"1"]


def test_an_event_without_its_empty_line_is_not_given():
    assert read(b"data: 1\n\ndata: 2\n") == [b"1"]


def test_an_event_may_have_the_largest_size_and_no_more(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    assert read(b"data: " + b"x" * 94 + b"\n\n") == [b"x" * 94]
    with pytest.raises(StreamError, match="check the base URL"):
        read(b"data: " + b"x" * 95 + b"\n\n")


@pytest.mark.parametrize("piece", [b"x", b"data:\n", b"data: y\n"])
def test_an_event_that_never_ends_is_given_up(monkeypatch, piece):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    with pytest.raises(StreamError):
        read(*[piece] * 1001)


def test_comments_for_ever_are_no_event(monkeypatch):
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    assert read(*[b": ping\n"] * 1001, b"data: 1\n\n") == [b"1"]
