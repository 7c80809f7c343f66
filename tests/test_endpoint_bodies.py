"""Bodies with status 200, in all the ways that servers send them."""

from __future__ import annotations

import gzip
import json

import pytest
from collecting import ERROR, USAGE, ask, fails, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_server import RESET, Reply, answer, chunk, events

from vlm_notebook.chat import reading
from vlm_notebook.chat.delta import Delta, Usage
from vlm_notebook.errors import StreamError

COMPLETION = {
    "object": "chat.completion",
    "choices": [{"index": 0, "message": {"content": "Whole."}, "finish_reason": "stop"}],
    "usage": USAGE,
}
ODD = [
    chunk("", role="assistant"),
    json.dumps({"choices": [], "prompt_filter_results": [{}]}),
    json.dumps({"choices": [{"delta": None}]}),
    json.dumps({"choices": [{"delta": {"content": None}}]}),
    chunk("Bär\u2028图😀"),
    json.dumps({"choices": [{"delta": {"content": "\ud83d"}}]}),
    json.dumps({"choices": [{"delta": {"content": "\ude00"}}]}),
    chunk(reasoning_content="hm"),
    chunk(finish="stop"),
    chunk(usage=USAGE),
]
LEGAL = ": ping\r\n\r\n" + "".join(f"event: x\r\ndata: {data}\r\n\r\n" for data in ODD)
WANTED = [
    Delta("Bär\u2028图😀"),
    Delta("😀"),
    Delta(reasoning="hm"),
    Delta(finish="stop"),
    Delta(usage=Usage(9, 2)),
]


def test_a_stream_that_is_odd_but_legal_is_read(server):
    assert ask(server, LEGAL.encode()) == WANTED


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(cuts=st.lists(st.integers(0, len(LEGAL.encode())), max_size=12))
def test_any_split_on_the_wire_gives_the_same_deltas(server, cuts):
    whole, cuts = LEGAL.encode(), sorted(cuts)
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    reply = Reply(pieces=tuple(filter(None, pieces)), chunked=False)
    assert ask(server, reply) == WANTED


def test_every_split_inside_a_character_gives_the_same_text(server):
    whole = events(chunk("图😀é"), chunk(finish="stop"))
    for cut in range(whole.index("图".encode()), whole.index(b'"', whole.index("图".encode()))):
        reply = Reply(pieces=(whole[:cut], whole[cut:]))
        assert text_of(ask(server, reply)) == "图😀é"


def test_bytes_that_are_no_utf_8_do_not_lose_the_answer(server):
    broken = events(chunk("a?b"), chunk(finish="stop")).replace(b"?", b"\xff")
    assert text_of(ask(server, broken)) == "a\ufffdb"


def test_a_connection_that_breaks_behind_the_finish_breaks_nothing(server):
    begun = events(chunk("All."), chunk(finish="stop"), done=False)
    reply = Reply(pieces=(begun, RESET), pause_s=0.05, chunked=True)
    assert text_of(ask(server, reply)) == "All."
    assert text_of(ask(server, begun + b"data: nonsense\n\n")) == "All."


@pytest.mark.parametrize("media_type", ["text/html", "text/event-stream", "application/json"])
def test_a_web_page_with_status_200_is_no_answer(server, media_type):
    page = b"\n <!DOCTYPE html><html><body>Log in, please</body></html>"
    message = fails(server, StreamError, Reply(page, media_type=media_type))
    assert "web page" in message
    assert "Log in" not in message


JSON_ERRORS = [
    (ERROR, "overloaded"),
    ({"object": "error", "message": "bad"}, "bad"),
    ({"detail": "no such thing"}, "no such thing"),
    ({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}, "login fail"),
    ({"error": True}, "without a reason"),
]


@pytest.mark.parametrize("media_type", ["application/json", "text/event-stream", "text/plain"])
@pytest.mark.parametrize(("payload", "words"), JSON_ERRORS)
def test_a_json_error_with_status_200_is_no_answer(server, payload, words, media_type):
    body = json.dumps(payload, indent=1).encode()
    assert words in fails(server, StreamError, Reply(body, media_type=media_type))


@pytest.mark.parametrize(("payload", "words"), JSON_ERRORS)
def test_an_error_event_breaks_the_answer_and_says_why(server, payload, words):
    kept = []
    body = events(chunk("Half"), json.dumps(payload))
    assert words in fails(server, StreamError, body, kept=kept)
    assert text_of(kept) == "Half"


@pytest.mark.parametrize("finish", ["error", "abort"])
def test_a_server_that_finishes_with_an_error_has_not_finished(server, finish):
    assert "gave up" in fails(server, StreamError, answer("Half", finish=finish))


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "text/event-stream", ""])
def test_a_plain_completion_where_a_stream_was_asked_for_is_read(server, media_type):
    body = json.dumps(COMPLETION, indent=2).encode()
    deltas = ask(server, Reply(body, media_type=media_type))
    assert deltas == [Delta("Whole.", usage=Usage(9, 2), finish="stop")]


def test_a_plain_completion_without_a_finish_keeps_its_text(server):
    kept = []
    whole = {"choices": [{"message": {"content": "Half"}, "finish_reason": None}]}
    fails(server, StreamError, json.dumps(whole).encode(), kept=kept)
    assert text_of(kept) == "Half"


@pytest.mark.parametrize("body", [b"", b"\n\n", b": ping\n\n", b"hello", b"data: {}\n\n"])
def test_a_body_without_an_answer_is_not_complete(server, body):
    fails(server, StreamError, body)


@pytest.mark.parametrize("body", [b"data: 5\n\n", b"data: x\n\n", b"[1]", b'{"choices": ['])
def test_what_is_no_part_of_an_answer_is_said_to_be_none(server, body):
    assert "no part of an answer" in fails(server, StreamError, body)


def test_nesting_beyond_measure_is_refused(server):
    fails(server, StreamError, b"data: " + b"[" * 200_000 + b"\n\n")


def test_empty_data_lines_are_passed_over(server):
    assert text_of(ask(server, b"data:\n\ndata: \n\n" + answer("Hi"))) == "Hi"


def test_a_body_beyond_measure_is_given_up(server, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BODY_BYTES", 1000)
    with pytest.raises(StreamError, match="base URL"):
        ask(server, b"{" + b" " * 2000)


def test_a_truncated_gzip_body_is_not_complete(server):
    squeezed = gzip.compress(answer("word " * 200))
    reply = Reply(squeezed[: len(squeezed) // 2], headers={"content-encoding": "gzip"})
    with pytest.raises(StreamError):
        ask(server, reply)


def test_a_gzip_body_is_read(server):
    reply = Reply(gzip.compress(answer("Hi there.")), headers={"content-encoding": "gzip"})
    assert text_of(ask(server, reply)) == "Hi there."
